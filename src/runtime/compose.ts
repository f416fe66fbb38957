import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import type { DashboardAssets, LiveHub } from '../dashboard/deps.ts';
import type { LivePace } from '../dashboard/live/pace.ts';
import type { CurrentRules } from '../dashboard/store-reads.ts';
import type { Fetch } from '../delivery/send-request.ts';
import type { Action, ActionState, DestinationName } from '../domain/action.ts';
import type { Clock } from '../domain/clock.ts';
import type { Decision } from '../domain/decision.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { AppEnv } from '../http/app-deps.ts';
import { createApp } from '../http/create-app.ts';
import type { ReceiverMemory } from '../http/receiver-memory.ts';
import { createZohoVerifier, type ZohoVerifierOptions } from '../ingress/zoho-desk/verify-token.ts';
import { acknowledgeAlert, resolveAlert } from '../services/alert-verbs.ts';
import type { DeliverDeps } from '../services/deliver.ts';
import type { DeliveryQueue } from '../services/delivery-queue.ts';
import { createEnrichment, type Enrichment } from '../services/enrich.ts';
import { guardIngest } from '../services/guard-ingest.ts';
import { createIngest, type IngestDeps } from '../services/ingest.ts';
import type { ProcessDeps } from '../services/process.ts';
import { type ExpireDeps, redriveAction } from '../services/redrive.ts';
import type { Database, DatabaseHealth } from '../store/database.ts';
import { createPages } from './create-pages.ts';
import { createDestinations, createZohoClientOf, type Destinations } from './destinations.ts';

/**
 * What both runtimes put together in the same way: the services around a database, a queue and rules, and the
 * application around the services. What runs them (loops on Node, invocations on Workers) is the roots' own business.
 */
export interface Parts {
  config: Config;
  clock: Clock;
  database: Database;
  queue: DeliveryQueue;
  metrics: Metrics;
  ruleset: () => CompiledRuleset;
  /** With which rules call other systems. */
  fetch: Fetch;
  signals: Signals;
  observer?: ServiceObserver;
  askedAt?: Map<string, number>;
}

/** How the services tell that there is something to do. */
export interface Signals {
  /** Events are durable: they want to be judged. */
  stored(): void;
  /** Jobs are in the queue: they want to be carried out. */
  queued(): void;
  /** What pages show may have changed. */
  changed(): void;
}

export interface ServiceObserver {
  decided?(decision: Decision): void;
  settled?(action: Action, state: ActionState): void;
}

export interface Services {
  enrichment: Enrichment;
  destinations: Destinations;
  /** Destinations that have credentials. */
  connected: DestinationName[];
  processing: ProcessDeps;
  delivering: DeliverDeps;
  redriving: ExpireDeps;
}

/** `enrichment.load()` is to be awaited before anything is judged. */
export function composeServices(parts: Parts): Services {
  const { config, clock, database, queue, metrics, ruleset, signals, observer = {} } = parts;
  const { storePersonalData } = config;
  const client = createZohoClientOf({ config, clock, database });
  const enrichment = createEnrichment({
    db: database.db,
    clock,
    orgId: config.zoho.orgId ?? '',
    client,
    directory: () => ruleset().directory,
    askedAt: parts.askedAt,
  });
  const { directory } = enrichment;
  const destinations = createDestinations({ config, clock, database, client, directory, fetch: parts.fetch });
  const processing: ProcessDeps = {
    database,
    clock,
    queue,
    ruleset,
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
      if (jobs > 0) signals.queued();
      signals.changed();
    },
  };
  const delivering: DeliverDeps = {
    database,
    clock,
    queue,
    destinations,
    directory,
    storePersonalData,
    random: Math.random,
    onSettled(action, state, jobs) {
      metrics.actions.add(1, { type: action.spec.type, state });
      observer.settled?.(action, state);
      if (jobs > 0) signals.queued();
      signals.changed();
    },
  };
  return {
    enrichment,
    destinations,
    connected: Object.values(destinations).flatMap(({ name, connected }) => (connected ? [name] : [])),
    processing,
    delivering,
    redriving: { database, clock, queue, directory, storePersonalData, onQueued: signals.queued },
  };
}

/** What only the HTTP side needs. */
export interface AppParts {
  currentRules: () => CurrentRules;
  assets: DashboardAssets;
  hub: LiveHub;
  pace?: LivePace;
  timeScale?: number;
  ingest?: Pick<IngestDeps, 'groupMs'>;
  /** Absent where every invocation has a connection of its own, and finds out for itself. */
  health?: DatabaseHealth;
  verifier?: Pick<ZohoVerifierOptions, 'memory' | 'keepAlive'>;
  receiverMemory?: ReceiverMemory;
}

export function composeApp(parts: Parts, services: Services, appParts: AppParts): Hono<AppEnv> {
  const { config, clock, database, queue, metrics, ruleset, signals } = parts;
  const { currentRules, assets, hub, pace, timeScale = 1, health, receiverMemory } = appParts;
  const { storePersonalData } = config;
  const orgId = config.zoho.orgId ?? '';
  const onQueued = () => {
    signals.queued();
    signals.changed();
  };
  const verbs = { database, clock, queue, rulesetHash: () => ruleset().hash, onQueued };
  const ingest = createIngest({ database, clock, storePersonalData, onStored: signals.stored, ...appParts.ingest });
  return createApp({
    config,
    clock,
    db: database.db,
    databaseState: () => health?.state() ?? { ok: true },
    verifier: createVerifier(config, clock, appParts.verifier),
    ingest: health === undefined ? ingest : guardIngest(ingest, health),
    receiverMemory,
    acknowledgeAlert: (org, id, by) => acknowledgeAlert(verbs, org, id, by),
    resolveAlert: (org, id, by) => resolveAlert(verbs, org, id, by),
    retryAction: (org, id, by) => redriveAction(services.redriving, org, id, by),
    currentRuleset: currentRules,
    metrics,
    dashboard: createPages({
      config,
      clock,
      timeScale,
      database,
      assets,
      hub,
      ...(pace === undefined ? {} : { pace }),
      destinations: services.destinations,
      ruleset: currentRules,
      directory: services.enrichment.directory,
      acknowledge: (id, by) => acknowledgeAlert(verbs, orgId, id, by),
    }),
  });
}

function createVerifier({ zoho, webhook }: Config, clock: Clock, options: AppParts['verifier'] = {}) {
  if (!webhook.verify || zoho.orgId === undefined) return undefined;
  const { orgId, webhookId, jwksUrl } = zoho;
  return createZohoVerifier({ jwksUrl, orgId, clock, webhookId, ...options });
}
