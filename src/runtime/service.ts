import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { getLogger } from '@logtape/logtape';
import type { Config } from '../config.ts';
import type { Action, ActionState } from '../domain/action.ts';
import { type Clock, systemClock } from '../domain/clock.ts';
import type { Decision } from '../domain/decision.ts';
import { AppError } from '../domain/errors.ts';
import { createMetrics } from '../domain/metrics.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import { createApp } from '../http/create-app.ts';
import { createZohoVerifier } from '../ingress/zoho-desk/verify-token.ts';
import { activateRuleset } from '../services/activate-ruleset.ts';
import { acknowledgeAlert, resolveAlert } from '../services/alert-verbs.ts';
import { createEnrichment } from '../services/enrich.ts';
import { createIngest } from '../services/ingest.ts';
import { createProcessor, type ProcessDeps } from '../services/process.ts';
import { expireActions, reconnectActions, redriveAction } from '../services/redrive.ts';
import { sweepBatch } from '../services/sweep.ts';
import type { Db } from '../store/database.ts';
import { findHashInForce } from '../store/rulesets.ts';
import { findNextDueAt } from '../store/subjects.ts';
import { createChangeHub } from './change-hub.ts';
import { createPages } from './create-pages.ts';
import { announceServer } from './data-dir-lock.ts';
import { startDeliveryLoop } from './delivery-loop.ts';
import { createDestinations, createZohoClientOf } from './destinations.ts';
import { type Loop, startLoop } from './loop.ts';
import { openDatabase } from './open-database.ts';
import { createPgBossQueue } from './pg-boss-queue.ts';
import { openRules, type RulesSource } from './rules-source.ts';

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

export interface ServiceObserver {
  decided?(decision: Decision): void;
  settled?(action: Action, state: ActionState): void;
}

/** Subjects are judged by this many workers of a process: while one waits for PostgreSQL, the other judges. */
const WORKERS = { postgres: 2, pglite: 1 } as const;
/** Real ms between looks for work that nobody woke us for: another process's events. */
const POLL_MS = 1_000;
/** When what waits is held by another worker, look again after this. */
const BUSY_MS = 5;
const HOUSEKEEPING_MS = 5_000;
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
  await database.migrate();
  const queue = createPgBossQueue({ connection: database.queueConnection, timeScale });
  await queue.start();
  closers.push(() => queue.stop());

  const { orgId } = config.zoho;
  const { storePersonalData } = config;
  let inForce: CompiledRuleset = rules.current();
  const metrics = createMetrics();
  const hub = createChangeHub();
  const client = createZohoClientOf({ config, clock, database });
  const enrichment = createEnrichment({
    db: database.db,
    clock,
    orgId: orgId ?? '',
    client,
    directory: () => inForce.directory,
  });
  await enrichment.load();
  const destinations = createDestinations({ config, clock, database, client, directory: enrichment.directory });

  const processing: ProcessDeps = {
    database,
    clock,
    queue,
    ruleset: () => inForce,
    channels: enrichment.channels,
    storePersonalData,
    onJudged({ judged }, jobs) {
      for (const { state, effects } of judged) {
        if (state.session !== undefined) enrichment.notice(state.session);
        for (const decision of effects.decisions) {
          metrics.decisions.add(1, { outcome: decision.outcome });
          observer.decided?.(decision);
        }
      }
      if (jobs > 0) deliveries.wake();
      hub.changed();
    },
  };
  const deliveries = startDeliveryLoop({
    database,
    clock,
    queue,
    destinations,
    directory: enrichment.directory,
    storePersonalData,
    random: Math.random,
    onSettled(action, state, jobs) {
      metrics.actions.add(1, { type: action.spec.type, state });
      observer.settled?.(action, state);
      if (jobs > 0) deliveries.wake();
      hub.changed();
    },
  });
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
    startWorker({ processing, mayJudge, timeScale, index }),
  );
  for (const worker of workers) closers.push(() => worker.stop());
  const redriving = { database, clock, queue, onQueued: () => deliveries.wake() };
  const connected = Object.values(destinations).flatMap(({ name, connected: is }) => (is ? [name] : []));
  await reconnectActions(redriving, connected);
  const housekeeping = startLoop({
    name: 'housekeeping',
    async pass(signal) {
      if (inForce !== rules.current()) await takeRules();
      await expireActions({ ...redriving, directory: enrichment.directory, storePersonalData });
      await enrichment.fetchWanted(FETCHES, signal);
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
  if (watchRules) watchFolder(rules, housekeeping, hub.changed);
  closers.push(() => rules.close());

  const onQueued = () => {
    deliveries.wake();
    hub.changed();
  };
  const verbs = { database, clock, queue, rulesetHash: () => inForce.hash, onQueued };
  const app = createApp({
    config,
    clock,
    db: database.db,
    verifier: createVerifier(config, clock),
    ingest: createIngest({
      database,
      clock,
      storePersonalData,
      onStored: () => {
        for (const worker of workers) worker.wake();
      },
    }),
    acknowledgeAlert: (org, id, by) => acknowledgeAlert(verbs, org, id, by),
    resolveAlert: (org, id, by) => resolveAlert(verbs, org, id, by),
    retryAction: (org, id, by) => redriveAction(redriving, org, id, by),
    currentRuleset: () => ({ ...inForce, loadedAt: rules.loadedAt(), faults: rules.faults() }),
    metrics,
    dashboard: await createPages({
      config,
      clock,
      timeScale,
      database,
      hub,
      destinations,
      ruleset: () => ({ ...inForce, loadedAt: rules.loadedAt(), faults: rules.faults() }),
      directory: enrichment.directory,
      acknowledge: (id: string, by: string) => acknowledgeAlert(verbs, orgId ?? '', id, by),
    }),
  });
  if (orgId === undefined) log.warn('ZOHO_ORG_ID is not set: the webhook answers 503 until it is');

  const server = await listen(app.fetch, config);
  closers.push(() => closeServer(server));
  const url = urlOf(server, config.host);
  if (config.database.kind === 'pglite') await announceServer(config.database.dataDir, url);
  return url;
}

function createVerifier({ zoho, webhook }: Config, clock: Clock) {
  if (!webhook.verify || zoho.orgId === undefined) return undefined;
  const { orgId, webhookId, jwksUrl } = zoho;
  return createZohoVerifier({ jwksUrl, orgId, clock, ...(webhookId === undefined ? {} : { webhookId }) });
}

/**
 * Whether this process may judge: only those do whose rules came into force last. While rules change in several
 * processes one after the other, one that still has the old ones would end the holds of new rules as unknown to it. It
 * goes on receiving; the others judge. Looked up at most once a second.
 */
function createOffice({ db, orgId, hash }: { db: Db; orgId: string | undefined; hash: () => string }) {
  let asked = { at: Number.NEGATIVE_INFINITY, hash: '', answer: true };
  return async (): Promise<boolean> => {
    if (orgId === undefined) return true;
    const own = hash();
    const at = performance.now();
    if (own === asked.hash && at - asked.at < POLL_MS) return asked.answer;
    const latest = await findHashInForce(db, orgId);
    const answer = latest === undefined || latest === own;
    if (!answer && asked.answer) {
      log.warn('other rules have come into force ({latest}): this process only receives until it has them too', {
        latest: latest.slice(0, 12),
      });
    }
    asked = { at, hash: own, answer };
    return answer;
  };
}

interface Worker {
  processing: ProcessDeps;
  mayJudge: () => Promise<boolean>;
  timeScale: number;
  index: number;
}

function startWorker({ processing, mayJudge, timeScale, index }: Worker): Loop {
  const processor = createProcessor(processing);
  return startLoop({
    name: `processing ${index + 1}`,
    async pass(signal) {
      if (!(await mayJudge())) return POLL_MS;
      await processor.processAll(signal);
      const dueAt = await findNextDueAt(processing.database.db);
      if (dueAt === undefined) return POLL_MS;
      return Math.min(POLL_MS, Math.max(BUSY_MS, (dueAt - processing.clock.now()) / timeScale));
    },
  });
}

function watchFolder(rules: RulesSource, housekeeping: Loop, changed: () => void): void {
  rules.watch(async () => housekeeping.wake(), changed);
}

/** @throws AppError unavailable when the port is taken */
function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: Config,
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = createAdaptorServer({ fetch });
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new AppError('unavailable', taken ? `port ${port} is taken` : `cannot listen on ${host}:${port}`, {
          remedy: taken ? 'Stop what listens there, or set PORT to another one.' : 'Check HOST and PORT.',
          cause: error,
        }),
      );
    });
    server.listen(port, host, () => resolve(server));
  });
}

function closeServer(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), 1_000).unref();
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
}

function urlOf(server: ServerType, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
