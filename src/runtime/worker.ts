import { ASSETS } from 'vigia:bundle';
import { getLogger } from '@logtape/logtape';
import { Hono } from 'hono';
import { DEFAULT_PACE } from '../dashboard/live/pace.ts';
import { AppError, errorText } from '../domain/errors.ts';
import { toProblem } from '../http/problem.ts';
import { composeApp } from './compose.ts';
import type { Bindings, Context } from './worker/bindings.ts';
import { type Invocation, openInvocation } from './worker/invocation.ts';
import { getIsolate, type Isolate } from './worker/isolate.ts';
import { tick } from './worker/tick.ts';

/**
 * The composition root on Cloudflare Workers. Nothing runs between invocations: a request is answered and then sees to
 * what it brought, the alarm clock rings when something falls due, and a cron looks after the rest.
 */
export { AlarmClock } from './worker/alarm-clock.ts';

/** One clock for the whole deployment. */
const CLOCK_NAME = 'vigia';
/** No process tells another's viewers of a change: an open page reads the database this often. */
const LIVE_READ_MS = 2_000;
/** What shows no names of channels and agents needs none loaded. */
const NAMELESS = /^\/(?:webhooks|slack|assets|readyz|metrics|login|openapi\.json)/;

const log = getLogger(['vigia', 'worker']);

export default {
  async fetch(request: Request, bindings: Bindings, context: Context): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === '/healthz') return Response.json({ status: 'ok', time: new Date().toISOString() });
    try {
      const invocation = await open(bindings);
      if (!NAMELESS.test(pathname)) await invocation.services.enrichment.load();
      const behind: Promise<unknown>[] = [];
      const response = await createAppOf(invocation, context, (work) => behind.push(work)).fetch(request);
      // What goes on behind the answer may bring something to see to as well.
      if (behind.length > 0) context.waitUntil(Promise.allSettled(behind).then(() => seeTo(invocation)));
      else if (invocation.isStirred()) context.waitUntil(seeTo(invocation));
      return response;
    } catch (error) {
      return refuse(request, error);
    }
  },

  async scheduled(_event: unknown, bindings: Bindings): Promise<void> {
    await tick(await open(bindings), 'cron');
  },
};

function open(bindings: Bindings): Promise<Invocation> {
  const isolate = getIsolate(bindings);
  return openInvocation(bindings, isolate, (at) => ringAt(bindings, isolate, at));
}

/** Asks the clock only if it is not known to ring by then: each asking costs a request. */
async function ringAt({ ALARM_CLOCK }: Bindings, isolate: Isolate, at: number): Promise<void> {
  if (isolate.alarmAt <= at && isolate.alarmAt > Date.now()) return;
  await ALARM_CLOCK.getByName(CLOCK_NAME).ringAt(at);
  isolate.alarmAt = at;
}

function createAppOf(
  { isolate, parts, services }: Invocation,
  context: Context,
  keepAlive: (work: Promise<unknown>) => void,
) {
  const { ruleset, versionAt, verifierMemory, receiverMemory } = isolate;
  return composeApp(parts, services, {
    currentRules: () => ({ ...ruleset, loadedAt: versionAt, faults: [] }),
    assets: ASSETS,
    hub: { changed: () => undefined, subscribe: () => () => undefined },
    pace: { ...DEFAULT_PACE, idleMs: LIVE_READ_MS },
    // A request stores what it brought at once: what another brings is not its to wait for.
    ingest: { groupMs: 0 },
    receiverMemory,
    keepAlive,
    verifier: { memory: verifierMemory, keepAlive: (work) => context.waitUntil(work) },
  });
}

/** What fails here is durable all the same: the alarm or the cron sees to it. */
async function seeTo(invocation: Invocation): Promise<void> {
  try {
    await tick(invocation, 'request');
  } catch (error) {
    log.error('what a request brought is left to the cron: {error}', { error: errorText(error) });
  }
}

/** The answer when nothing can be done at all: also to a webhook, whose source then sends its events again. */
function refuse(request: Request, error: unknown): Response | Promise<Response> {
  const known = error instanceof AppError ? error : new AppError('unavailable', 'The Worker cannot work now.');
  // Without the address: a webhook's may hold the secret.
  log.error('a request was answered 503: {error} {remedy}', { error: errorText(error), remedy: known.remedy ?? '' });
  return new Hono().all('*', (c) => toProblem(c, known)).fetch(request);
}
