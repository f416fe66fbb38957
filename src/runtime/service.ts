import { getLogger } from '@logtape/logtape';
import type { Config } from '../config.ts';
import { type Clock, systemClock } from '../domain/clock.ts';
import { createMetrics } from '../domain/metrics.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import { activateRuleset } from '../services/activate-ruleset.ts';
import { tendGroups } from '../services/alert-groups.ts';
import { checkSilence, DEAD_MAN_CHECK_MS } from '../services/dead-man.ts';
import { keepMutes } from '../services/keep-mutes.ts';
import { learnRhythms, readsSilence } from '../services/learn-rhythms.ts';
import { prune } from '../services/prune.ts';
import { reconcileWhenDue } from '../services/reconcile/reconcile.ts';
import { expireActions, reconnectActions } from '../services/redrive.ts';
import { sweepBatch } from '../services/sweep.ts';
import { findNextGroupAt } from '../store/alert-groups.ts';
import { createChangeHub } from './change-hub.ts';
import { composeApp, composeServices, type Parts, type ServiceObserver } from './compose.ts';
import { readDashboardAssets } from './dashboard-assets.ts';
import { announceServer } from './data-dir-lock.ts';
import { startDeliveryLoop } from './delivery-loop.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { closeServer, listen, urlOf } from './http-server.ts';
import { createJobTimes } from './job-times.ts';
import { startJudgingLoop } from './judging-loop.ts';
import { type Loop, startLoop } from './loop.ts';
import { readMigrationStatus } from './migration-status.ts';
import { createOffice } from './office.ts';
import { openDatabase } from './open-database.ts';
import { createPgBossQueue } from './pg-boss-queue.ts';
import { openRules, type RulesSource } from './rules-source.ts';
import { startScheduleLoop } from './schedule-loop.ts';

/**
 * The composition root on Node: everything is put together here and nowhere else, started in the order in which the
 * parts need each other, and stopped in the reverse.
 */
export interface Service {
  /** Where it listens. */
  url: string;
  /** Finishes what is under way (deliveries get some seconds), then closes everything. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  config: Config;
  clock?: Clock;
  /** How much faster than the wall clock `clock` runs. */
  timeScale?: number;
  /** Whether rules are read again when their files change. */
  watchRules?: boolean;
  /** Hears of what the service does, after it is saved: the sandbox tells it on the terminal. */
  observer?: ServiceObserver;
}

/** Subjects are judged by this many workers of a process: while one waits for PostgreSQL, the other judges. */
const WORKERS = { postgres: 2, pglite: 1 } as const;
const HOUSEKEEPING_MS = 5_000;
const SHORTEST_REST_MS = 50;
const PRUNING_MS = 600_000;
/** An hour that is over may be learned ten minutes later; a history is caught up with a day at a time. */
const LEARNING_MS = 300_000;
const LEARNING_PAUSE_MS = 200;
/** Another process may open a group at any time: it is found within a second. Real ms. */
const GROUPS_MS = 1_000;
const GROUPS_LEAST_MS = 20;
/** How often it is looked whether chats are to be read again, at most. */
const RECONCILE_LOOK_MS = 15_000;
/** Names fetched from Zoho in one round of housekeeping: each costs a credit. */
const FETCHES = 5;

const log = getLogger(['vigia', 'service']);

export async function startService({
  config,
  clock = systemClock,
  timeScale = 1,
  watchRules = true,
  observer = {},
}: ServiceOptions): Promise<Service> {
  const closers: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return { url: await compose({ config, clock, timeScale, watchRules, observer }, closers), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function compose(
  { config, clock, timeScale, watchRules, observer }: Required<ServiceOptions>,
  closers: (() => unknown)[],
): Promise<string> {
  const rules = await openRules(config.rulesDir, clock.now);
  const database = await openDatabase(config.database);
  closers.push(() => database.close());
  // A pooler of transactions would keep the migrations' lock: where nothing is pending, none is taken.
  if ((await readMigrationStatus(database.db)).pending.length > 0) await database.migrate();
  database.health.start();
  const queue = createPgBossQueue({ connection: database.queueConnection, timeScale });
  await queue.start();
  closers.push(() => queue.stop());

  const { orgId } = config.zoho;
  let inForce: CompiledRuleset = rules.current();
  const metrics = createMetrics();
  const hub = createChangeHub();
  const parts: Parts = {
    config,
    clock,
    database,
    queue,
    metrics,
    ruleset: () => inForce,
    fetch: createGuardedFetch({ allowPrivate: config.http.allowPrivate }),
    signals: {
      stored: () => {
        for (const worker of workers) worker.wake();
      },
      queued: () => deliveries.wake(),
      lifted: () => muteKeeping.wake(),
      changed: hub.changed,
    },
    observer,
  };
  const services = composeServices(parts);
  const { enrichment, vocabulary, processing, redriving } = services;
  await enrichment.load();
  if (orgId !== undefined) await vocabulary.refresh(orgId);
  // Counts that cannot be written are no reason not to stop.
  closers.push(() => vocabulary.flush().catch(() => undefined));
  const deliveries = startDeliveryLoop(services.delivering);
  closers.push(() => deliveries.stop());

  /** Takes the rules as they are now, once they are stored: each decision's ruleset can be looked up. */
  async function takeRules(): Promise<void> {
    const next = rules.current();
    if (orgId !== undefined) {
      const changed = await activateRuleset({ database, clock }, orgId, next);
      if (changed.length > 0) log.info('{count} rules are new, changed or gone', { count: changed.length });
    }
    inForce = next;
    metrics.rules.set(next.rules.length);
    hub.changed();
  }
  await takeRules();

  const mayJudge = createOffice({ db: database.db, orgId, hash: () => inForce.hash });
  const workers = Array.from({ length: WORKERS[database.kind] }, (_, index) =>
    startJudgingLoop({ processing, mayJudge, timeScale, index }),
  );
  for (const worker of workers) closers.push(() => worker.stop());
  const schedules = startScheduleLoop({ processing, orgId, mayJudge, timeScale });
  closers.push(() => schedules.stop());
  await reconnectActions(redriving, services.connected);
  const jobTimes = createJobTimes(database.db);
  // Whatever loops from here on is done by worker/tick.ts too, where there are no loops.
  const housekeeping = startLoop({
    name: 'housekeeping',
    async pass(signal) {
      if (inForce !== rules.current()) await takeRules();
      await jobTimes.check();
      await expireActions(redriving);
      await vocabulary.flush();
      if (orgId !== undefined) await vocabulary.refresh(orgId);
      await enrichment.fetchWanted(FETCHES, signal);
      await services.presence.refresh(signal);
      return HOUSEKEEPING_MS;
    },
  });
  closers.push(() => housekeeping.stop());
  // A loop of its own: a chat that cannot be saved holds up the sweep, and nothing else.
  const sweeping = startLoop({
    name: 'sweep',
    async pass(signal) {
      if (orgId !== undefined) while (!signal.aborted && (await sweepBatch(processing, orgId)));
      return HOUSEKEEPING_MS;
    },
  });
  closers.push(() => sweeping.stop());
  const grouping = startLoop({
    name: 'alert groups',
    async pass() {
      await tendGroups(services.grouping);
      const nextAt = await findNextGroupAt(database.db);
      const waitMs = nextAt === undefined ? GROUPS_MS : (nextAt - clock.now()) / timeScale;
      return Math.min(GROUPS_MS, Math.max(GROUPS_LEAST_MS, waitMs));
    },
  });
  closers.push(() => grouping.stop());
  // What a silence or a pause held back goes on at its end, and at once when it is lifted here.
  const muteKeeping = startLoop({
    name: 'silences and pauses',
    async pass() {
      const next = orgId === undefined ? undefined : await keepMutes(services.keepingMutes, orgId);
      if (next === undefined) return HOUSEKEEPING_MS;
      return Math.min(HOUSEKEEPING_MS, Math.max(SHORTEST_REST_MS, (next - clock.now()) / timeScale));
    },
  });
  closers.push(() => muteKeeping.stop());
  const pruning = startLoop({
    name: 'pruning',
    async pass() {
      if (orgId !== undefined) await prune({ db: database.db, clock, orgId, rules: () => inForce.rules });
      return PRUNING_MS;
    },
  });
  closers.push(() => pruning.stop());
  const learning = startLoop({
    name: 'rhythms',
    async pass() {
      if (orgId === undefined || !readsSilence(inForce) || !(await mayJudge())) return LEARNING_MS;
      return (await learnRhythms({ database, clock, orgId })) ? LEARNING_PAUSE_MS : LEARNING_MS / timeScale;
    },
  });
  closers.push(() => learning.stop());
  const { reconciling, deadMan } = services;
  if (reconciling !== undefined) {
    // Not at start: a process that starts again and again would read all the time, and events are on their way.
    const firstAt = clock.now() + reconciling.everyMs;
    const restMs = Math.min(RECONCILE_LOOK_MS, reconciling.everyMs / 5) / timeScale;
    const reconciliation = startLoop({
      name: 'reconciliation',
      async pass(signal) {
        if (clock.now() >= firstAt) await reconcileWhenDue(reconciling, signal);
        return restMs;
      },
    });
    closers.push(() => reconciliation.stop());
  }
  if (deadMan !== undefined) {
    const watching = startLoop({
      name: 'dead-man check',
      async pass() {
        await checkSilence(deadMan);
        return DEAD_MAN_CHECK_MS / timeScale;
      },
    });
    closers.push(() => watching.stop());
  }
  if (watchRules) watchFolder(rules, housekeeping, hub.changed);
  closers.push(() => rules.close());

  const app = composeApp(parts, services, {
    currentRules: () => ({ ...inForce, loadedAt: rules.loadedAt(), faults: rules.faults() }),
    assets: await readDashboardAssets(),
    hub,
    timeScale,
    health: database.health,
  });
  if (orgId === undefined) log.warn('ZOHO_ORG_ID is not set: the webhook answers 503 until it is');

  const server = await listen(app.fetch, config);
  closers.push(
    () => closeServer(server),
    () => database.prepareStop(),
  );
  const url = urlOf(server, config.host);
  if (config.database.kind === 'pglite') await announceServer(config.database.dataDir, url);
  return url;
}

function watchFolder(rules: RulesSource, housekeeping: Loop, changed: () => void): void {
  rules.watch(async () => housekeeping.wake(), changed);
}
