/**
 * The part that both stand-ins share: every request is logged, every fault is played, and `/__faults` and `/__calls` let
 * another process set and read them.
 */
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Clock } from '../../domain/clock.ts';
import { AppError, errorText } from '../../domain/errors.ts';
import { type Call, type CallLog, createCallLog } from './calls.ts';
import { createFaults, type Fault, type FaultAnswer, type FaultPresets, type Faults } from './faults.ts';
import { type HttpBindings, neverAnswer, resetConnection } from './local-server.ts';

export type StandInEnv = { Bindings: HttpBindings };

export interface StandInApp {
  app: Hono<StandInEnv>;
  faults: Faults;
  log: CallLog;
}

/**
 * The app with its log, its faults and its control paths; the stand-in adds its routes. Requests whose path fits `watched`
 * (Hono's pattern) are logged and subject to faults.
 */
export function createStandInApp(clock: Clock, presets: FaultPresets, watched = '*'): StandInApp {
  const app = new Hono<StandInEnv>();
  const faults = createFaults(presets);
  const log = createCallLog();
  addControl(app, faults, log);
  app.use(watched, playFaults(clock, faults, log));
  return { app, faults, log };
}

/** Answers with a fault's answer, or with anything of its shape. */
export function sendAnswer(c: Context, answer: FaultAnswer): Response {
  const status = answer.status as ContentfulStatusCode;
  if (answer.body === undefined) return c.body(null, answer.status as 204, answer.headers);
  if (typeof answer.body === 'string') return c.text(answer.body, status, answer.headers);
  return c.json(answer.body as object, status, answer.headers);
}

function playFaults(clock: Clock, faults: Faults, log: CallLog): MiddlewareHandler<StandInEnv> {
  return async (c, next) => {
    const call: Call = {
      at: clock.now(),
      method: c.req.method,
      path: c.req.path,
      query: c.req.query(),
      headers: c.req.header(),
      body: await c.req.text(),
    };
    log.add(call);
    const fault = faults.take(call.method, call.path);
    if (fault !== undefined) call.fault = fault.fault;
    const response = await play(c, fault, faults, clock, next);
    if (response !== undefined) c.res = response;
    if (!isSilent(fault)) call.status = c.res.status;
  };
}

function isSilent(fault: Fault | undefined): boolean {
  return fault !== undefined && (fault.fault.startsWith('reset') || fault.fault.startsWith('timeout'));
}

/** The response of a fault, or undefined when the handlers' own response stands. */
async function play(
  c: Context<StandInEnv>,
  fault: Fault | undefined,
  faults: Faults,
  clock: Clock,
  next: () => Promise<void>,
): Promise<Response | undefined> {
  if (fault === undefined) {
    await next();
    return undefined;
  }
  const answer = faults.answerOf(fault);
  if (fault.delayMs !== undefined) await clock.sleep(fault.delayMs, c.req.raw.signal);
  if (answer !== undefined) return sendAnswer(c, answer);
  if (fault.fault === 'reset') return resetConnection(c.env);
  if (fault.fault === 'timeout_before') return neverAnswer(c.env);
  await next();
  if (fault.fault === 'reset_after') return resetConnection(c.env);
  if (fault.fault === 'timeout_after') return neverAnswer(c.env);
  return undefined;
}

/** Control paths take JSON only: a page of another origin cannot send that without asking first. */
function addControl(app: Hono<StandInEnv>, faults: Faults, log: CallLog): void {
  app.get('/__faults', (c) => c.json({ data: faults.waiting }));
  app.delete('/__faults', (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  app.post('/__faults', async (c) => {
    if (!c.req.header('content-type')?.startsWith('application/json')) {
      return c.json({ error: 'Send the fault as application/json.' }, 415);
    }
    try {
      faults.add(await c.req.json());
      return c.json({ data: faults.waiting }, 201);
    } catch (error) {
      const remedy = error instanceof AppError ? error.remedy : undefined;
      return c.json({ error: errorText(error), ...(remedy === undefined ? {} : { remedy }) }, 400);
    }
  });
  // Headers and bodies stay inside: they carry tokens and what customers wrote.
  app.get('/__calls', (c) => {
    const data = log.calls.map(({ at, method, path, query, status, fault }) => ({
      at,
      method,
      path,
      query,
      status,
      fault,
    }));
    return c.json({ data });
  });
}
