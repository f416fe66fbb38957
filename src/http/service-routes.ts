import { Hono } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import * as z from 'zod';
import { PROMETHEUS_CONTENT_TYPE } from '../domain/prometheus.ts';
import { findSilence } from '../services/dead-man.ts';
import { RECONCILIATION_JOB } from '../services/reconcile/reconcile.ts';
import { fromJson } from '../services/reconcile/reconciliation-state.ts';
import { createSpending } from '../services/reconcile/spending.ts';
import { readJobState } from '../store/job-states.ts';
import { ping, readGauges } from '../store/read/gauges.ts';
import { findLastReceivedAt } from '../store/read/last-event.ts';
import { countMutesInForce } from '../store/read/mutes.ts';
import type { AppDeps, AppEnv } from './app-deps.ts';

/** For machines that watch the service: is the process alive, can it do its work, how much does it do. */
const PING_TIMEOUT_MS = 2_000;

export const healthSchema = z
  .object({
    status: z.literal('ok'),
    time: z.iso.datetime().describe("The service's time: in the sandbox it runs faster than the wall clock"),
  })
  .meta({ id: 'Health' });

export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    database: z.object({
      ok: z.boolean(),
      reason: z.string().nullable().describe('Why it cannot be used, and what to do about it'),
      awaySince: z.iso.datetime().nullable().describe('By the wall clock'),
    }),
    rules: z.object({
      ok: z.boolean(),
      hash: z.string().nullable(),
      count: z.int(),
      faults: z.int().describe('Errors of the files as they are now, while older ones are in force'),
    }),
    receiver: z.object({
      ok: z.boolean(),
      reason: z.string().nullable().describe('Why webhooks are not accepted'),
      silentSince: z.iso
        .datetime()
        .nullable()
        .describe('No event has come since, for longer than DEAD_MAN_AFTER; for the notice of people, not a fault'),
    }),
    heldBack: z
      .object({
        pauses: z.int().describe('Pauses in force: actions are not carried out'),
        silences: z.int().describe('Silences in force: Slack is not told of something'),
      })
      .nullable()
      .describe('For the notice of people, not a fault; null when it cannot be read'),
  })
  .meta({ id: 'Readiness' });

export function createHealthRoutes(deps: AppDeps): Hono<AppEnv> {
  const health = describeRoute({
    tags: ['service'],
    summary: 'Whether the process is alive',
    responses: { 200: { description: 'Alive', content: { 'application/json': { schema: resolver(healthSchema) } } } },
  });
  const readinessContent = { 'application/json': { schema: resolver(readinessSchema) } };
  const readiness = describeRoute({
    tags: ['service'],
    summary: 'Whether the database answers and rules are in force',
    responses: {
      200: { description: 'Ready', content: readinessContent },
      503: { description: 'Not ready', content: readinessContent },
    },
  });
  return new Hono<AppEnv>()
    .get('/healthz', health, (c) => c.json({ status: 'ok', time: new Date(deps.clock.now()).toISOString() }))
    .get('/readyz', readiness, async (c) => {
      const report = await readReadiness(deps);
      return c.json(report, report.status === 'ready' ? 200 : 503);
    });
}

type Readiness = z.infer<typeof readinessSchema>;

async function readReadiness(deps: AppDeps): Promise<Readiness> {
  const database = await readDatabase(deps);
  const ruleset = deps.currentRuleset();
  const configured = deps.config.zoho.orgId !== undefined;
  return {
    status: database.ok && ruleset !== undefined ? 'ready' : 'not_ready',
    database,
    rules: {
      ok: ruleset !== undefined && ruleset.faults.length === 0,
      hash: ruleset?.hash ?? null,
      count: ruleset?.rules.length ?? 0,
      faults: ruleset?.faults.length ?? 0,
    },
    receiver: {
      ok: configured,
      reason: configured ? null : 'ZOHO_ORG_ID is not set',
      silentSince: database.ok ? await readSilence(deps) : null,
    },
    heldBack: database.ok ? await readHeldBack(deps) : null,
  };
}

/** What is known to be away is not asked; otherwise it has to answer, and have our tables. */
async function readDatabase({ db, databaseState }: AppDeps): Promise<Readiness['database']> {
  const state = databaseState();
  if (!state.ok) {
    const { reason, remedy, since } = state;
    return { ok: false, reason: `${reason}. ${remedy}`, awaySince: new Date(since).toISOString() };
  }
  const ok = await answers(ping(db));
  return {
    ok,
    reason: ok ? null : 'it does not answer, or lacks our tables. The log has the details.',
    awaySince: null,
  };
}

/** A note only: whoever asks whether we are ready is not kept from it by a fault of this. */
async function readSilence({ db, config }: AppDeps): Promise<string | null> {
  try {
    const since = await findSilence(db, config.zoho.orgId ?? '');
    return since === undefined ? null : new Date(since).toISOString();
  } catch {
    return null;
  }
}

async function readHeldBack({ db, clock, config }: AppDeps): Promise<Readiness['heldBack']> {
  try {
    const { pauses, silences } = await countMutesInForce(db, config.zoho.orgId ?? '', clock.now());
    return { pauses, silences };
  } catch {
    return null;
  }
}

/** Whether it succeeds before the time is up, by the real clock: a watcher does not wait in virtual time. */
async function answers(work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PING_TIMEOUT_MS);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => false,
      ),
      timeUp,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

export function createMetricsRoute(deps: AppDeps): Hono<AppEnv> {
  const description = describeRoute({
    tags: ['service'],
    summary: 'Metrics in the text format of Prometheus',
    security: [{ bearer: [] }],
    responses: { 200: { description: 'Metrics', content: { 'text/plain': { schema: { type: 'string' } } } } },
  });
  return new Hono<AppEnv>().get('/', description, async (c) => {
    const { metrics } = deps;
    const gauges = await readGauges(deps.db, deps.config.zoho.orgId ?? '');
    const { oldestReceivedAt } = gauges;
    const ageMs = oldestReceivedAt === undefined ? 0 : Math.max(0, deps.clock.now() - oldestReceivedAt);
    const orgId = deps.config.zoho.orgId ?? '';
    const now = deps.clock.now();
    const [lastAt, reconciliation, mutes] = await Promise.all([
      findLastReceivedAt(deps.db, orgId),
      readJobState(deps.db, orgId, RECONCILIATION_JOB),
      countMutesInForce(deps.db, orgId, now),
    ]);
    metrics.pausesInForce.set(mutes.pauses);
    metrics.silencesInForce.set(mutes.silences);
    for (const [by, count] of Object.entries(mutes.held)) metrics.actionsHeld.set(count, { by });
    if (lastAt !== undefined) metrics.secondsSinceLastEvent.set(Math.max(0, now - lastAt) / 1000);
    const { spent } = fromJson(reconciliation ?? {}, now);
    metrics.reconcileCredits.set(createSpending(spent, 0, now).credits);
    metrics.inboxEvents.set(gauges.inboxEvents);
    metrics.inboxOldestSeconds.set(ageMs / 1000);
    metrics.holdsRunning.set(gauges.holdsRunning);
    metrics.alertsOpen.set(gauges.alertsOpen);
    metrics.rules.set(deps.currentRuleset()?.rules.length ?? 0);
    metrics.actionsUnfinished.clear();
    for (const [state, count] of Object.entries(gauges.actionsUnfinished)) {
      metrics.actionsUnfinished.set(count, { state });
    }
    return c.body(metrics.registry.render(), 200, { 'content-type': PROMETHEUS_CONTENT_TYPE });
  });
}
