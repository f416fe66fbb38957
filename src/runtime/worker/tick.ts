import { getLogger } from '@logtape/logtape';
import { errorText } from '../../domain/errors.ts';
import { tendGroups } from '../../services/alert-groups.ts';
import { checkSilence } from '../../services/dead-man.ts';
import { keepMutes } from '../../services/keep-mutes.ts';
import { learnRhythms, readsSilence } from '../../services/learn-rhythms.ts';
import { createProcessor } from '../../services/process.ts';
import { prune } from '../../services/prune.ts';
import { reconcileWhenDue } from '../../services/reconcile/reconcile.ts';
import { expireActions, reconnectActions } from '../../services/redrive.ts';
import { sweepBatch } from '../../services/sweep.ts';
import { tickSchedules } from '../../services/tick-schedules.ts';
import { findNextGroupAt } from '../../store/alert-groups.ts';
import { findNextDueAt } from '../../store/subjects.ts';
import { createJobTimes } from '../job-times.ts';
import { superviseQueue } from './boss-on-hyperdrive.ts';
import { drainDeliveries, GRACE_MS } from './drain-deliveries.ts';
import { createGate, goThrough } from './gate.ts';
import type { Invocation } from './invocation.ts';
import { findNextJobAt } from './next-job.ts';
import { takeOffice } from './take-office.ts';

/**
 * What Node's loops do, once and in bounded time: judge what waits or is due, sweep after a change of rules, deliver. At
 * the end the alarm clock is set to when there is something to do next: it is alarms that tend the cards of groups.
 *
 *   request  after the answer to an event or a click: what it brought
 *   alarm    a hold falls due, a delivery is to be tried again
 *   cron     each minute: the same, whatever the others missed, and the upkeep
 */
export type Occasion = 'request' | 'alarm' | 'cron';

/** For how long work is begun, ms. After its answer a request may go on for thirty seconds, cron and alarm for minutes. */
const BUDGET_MS: Record<Occasion, number> = { request: 12_000, alarm: 45_000, cron: 45_000 };
/** What falls due so soon is waited for in place. */
const NEAR_MS = 250;
/** When what waits is held by another invocation, look again after this, and for so long. */
const BUSY_MS = 20;
const PATIENCE_MS = 2_000;
/** What is due already is somebody's; the alarm looks whether it came through. */
const SOON_MS = 100;
const LOOK_AGAIN_MS = 1_000;
/** Names fetched from Zoho at a time: each costs a credit. */
const FETCHES = 5;
const NAMES_MS = 5_000;
/** What a run of reconciliation does not come to, the next one does. */
const RECONCILE_MS = 20_000;
/** What people have accepted of the vocabulary is read again after this. */
const VOCABULARY_MS = 5_000;

const log = getLogger(['vigia', 'worker']);

export async function tick(invocation: Invocation, occasion: Occasion): Promise<void> {
  const { isolate, services, parts } = invocation;
  const { clock } = parts;
  const { orgId } = parts.config.zoho;
  const until = clock.now() + BUDGET_MS[occasion];
  // The cron asks nobody: it is there for when something is stuck.
  const [judging, delivering] =
    occasion === 'cron' ? [createGate(), createGate()] : [isolate.judging, isolate.delivering];
  let loaded: Promise<void> | undefined;
  const load = () => {
    loaded ??= services.enrichment.load();
    return loaded;
  };
  let mayJudge = true;
  let tickAt: number | undefined;
  const judged = await goThrough(judging, { until, graceMs: GRACE_MS }, async () => {
    await load();
    await services.presence.load();
    if (orgId !== undefined) await services.vocabulary.refresh(orgId, VOCABULARY_MS);
    mayJudge = await takeOffice(invocation, { insist: occasion === 'cron' });
    if (!mayJudge) return;
    await judge(invocation, until);
    await attempt('sweep', () => sweep(invocation, until));
    await attempt('schedules', async () => {
      if (orgId !== undefined) tickAt = await tickSchedules(services.processing, orgId);
    });
    await attempt('vocabulary', () => services.vocabulary.flush());
  });
  if (occasion !== 'request') await attempt('alert groups', () => tendGroups(services.grouping));
  if (occasion === 'cron') await keepUp(invocation, until);
  const muteEndsAt = orgId === undefined ? undefined : await keepMutesInTime(invocation, orgId);
  const delivered = await goThrough(delivering, { until, graceMs: GRACE_MS }, async () => {
    await load();
    await drainDeliveries(services.delivering, until);
  });
  await setAlarm(invocation, { allDone: judged && delivered, mayJudge, tickAt, muteEndsAt });
  await attempt('names', () => services.enrichment.fetchWanted(FETCHES, AbortSignal.timeout(NAMES_MS)));
  await attempt('presence', () => services.presence.refresh(AbortSignal.timeout(NAMES_MS)));
}

interface NextLook {
  allDone: boolean;
  mayJudge: boolean;
  /** The next tick of a schedule rule. */
  tickAt: number | undefined;
  /** The next end of a silence or pause, or reminder of one. */
  muteEndsAt: number | undefined;
}

/** To when something is due next; soon, when another invocation is at it, whose end nobody would hear of. */
async function setAlarm(
  { parts, ringAt }: Invocation,
  { allDone, mayJudge, tickAt, muteEndsAt }: NextLook,
): Promise<void> {
  const { clock, database } = parts;
  if (!allDone) return ringAt(clock.now() + LOOK_AGAIN_MS);
  // What ticks now is being done by another invocation, or could not be done: the cron looks after it.
  const laterTick = tickAt !== undefined && tickAt > clock.now() ? tickAt : undefined;
  const next = [
    mayJudge ? await findNextDueAt(database.db) : undefined,
    await findNextJobAt(database.db),
    await findNextGroupAt(database.db),
    laterTick,
    muteEndsAt,
  ];
  const at = Math.min(...next.map((one) => one ?? Number.POSITIVE_INFINITY));
  if (Number.isFinite(at)) await ringAt(Math.max(at, clock.now() + SOON_MS));
}

/**
 * Judges until nothing is due. An event may have come for a chat that another invocation was just judging, and was passed
 * over: so what is due is looked for again, and waited for a while.
 */
async function judge({ services, parts }: Invocation, until: number): Promise<void> {
  const { clock, database } = parts;
  const processor = createProcessor(services.processing);
  const ends = new AbortController();
  const timer = setTimeout(() => ends.abort(), Math.max(0, until - clock.now()));
  let busySince: number | undefined;
  try {
    while (!ends.signal.aborted) {
      const { subjects } = await processor.processAll(ends.signal);
      const dueAt = await findNextDueAt(database.db);
      const now = clock.now();
      if (dueAt === undefined || dueAt > now + NEAR_MS) return;
      busySince = subjects > 0 ? now : (busySince ?? now);
      if (now - busySince > PATIENCE_MS) return;
      await clock.sleep(Math.max(BUSY_MS, dueAt - now));
    }
  } finally {
    clearTimeout(timer);
  }
}

async function sweep({ services, parts }: Invocation, until: number): Promise<void> {
  const { orgId } = parts.config.zoho;
  if (orgId !== undefined) while (parts.clock.now() < until && (await sweepBatch(services.processing, orgId)));
}

/** A history is caught up with day by day, as far as there is time. */
async function learn({ isolate, parts }: Invocation, until: number): Promise<void> {
  const { clock, database, config } = parts;
  const { orgId } = config.zoho;
  if (orgId === undefined || !readsSilence(isolate.ruleset)) return;
  while (clock.now() < until && (await learnRhythms({ database, clock, orgId })));
}

/** What the slower loops of service.ts do. */
async function keepUp(invocation: Invocation, until: number): Promise<void> {
  const { isolate, services, parts, database } = invocation;
  const { clock } = parts;
  const { orgId } = parts.config.zoho;
  await attempt('job times', () => createJobTimes(database.db).check());
  await attempt('queue', () => superviseQueue(database));
  await attempt('connections', () => reconnectActions(services.redriving, services.connected));
  await attempt('expiry', () => expireActions(services.redriving));
  await attempt('rhythms', () => learn(invocation, until));
  const { reconciling, deadMan } = services;
  if (deadMan !== undefined) await attempt('dead-man check', () => checkSilence(deadMan));
  if (reconciling !== undefined) {
    await attempt('reconciliation', () => reconcileWhenDue(reconciling, AbortSignal.timeout(RECONCILE_MS)));
  }
  if (orgId === undefined || new Date(clock.now()).getUTCMinutes() !== 0) return;
  await attempt('pruning', () => prune({ db: database.db, clock, orgId, rules: () => isolate.ruleset.rules }));
}

/** Lets go of what silences and pauses hold back no longer. @returns when the next of them ends */
async function keepMutesInTime({ services }: Invocation, orgId: string): Promise<number | undefined> {
  let endsAt: number | undefined;
  await attempt('silences and pauses', async () => {
    endsAt = await keepMutes(services.keepingMutes, orgId);
  });
  return endsAt;
}

/** One part of the upkeep does not keep the others from theirs. */
async function attempt(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.error('{name} failed, and is tried again with the next cron: {error}', { name, error: errorText(error) });
  }
}
