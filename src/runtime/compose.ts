import { getLogger } from '@logtape/logtape';
import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import type { DashboardAssets, LiveHub } from '../dashboard/deps.ts';
import type { LivePace } from '../dashboard/live/pace.ts';
import type { CurrentRules } from '../dashboard/store-reads.ts';
import { toVocabularyItem } from '../dashboard/vocabulary-view.ts';
import type { Fetch } from '../delivery/send-request.ts';
import { createTellClicker } from '../delivery/slack/tell-clicker.ts';
import type { ZohoClient } from '../delivery/zoho-desk/zoho-client.ts';
import type { Action, ActionState, DestinationName } from '../domain/action.ts';
import type { Calendar } from '../domain/calendar.ts';
import type { Clock } from '../domain/clock.ts';
import type { Decision } from '../domain/decision.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Directory } from '../domain/rule.ts';
import { createSemaphore } from '../domain/semaphore.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import { readersOf } from '../engine/vocabulary-readers.ts';
import type { AppEnv } from '../http/app-deps.ts';
import { createApp } from '../http/create-app.ts';
import type { ReceiverMemory } from '../http/receiver-memory.ts';
import { createZohoVerifier, type ZohoVerifierOptions } from '../ingress/zoho-desk/verify-token.ts';
import { type Acceptance, acceptVocabulary } from '../services/accept-vocabulary.ts';
import { acknowledgeGroup, resolveGroup } from '../services/alert-group-verbs.ts';
import type { AlertGroupDeps } from '../services/alert-groups.ts';
import { acknowledgeAlert, resolveAlert, snoozeAlert } from '../services/alert-verbs.ts';
import type { DeadManDeps } from '../services/dead-man.ts';
import type { DeliverDeps } from '../services/deliver.ts';
import type { DeliveryQueue } from '../services/delivery-queue.ts';
import { createEnrichment, type Enrichment } from '../services/enrich.ts';
import { type ExplainDeps, explainRule } from '../services/explain/explain-rule.ts';
import { guardIngest } from '../services/guard-ingest.ts';
import { createIngest, type IngestDeps } from '../services/ingest.ts';
import type { KeepMutesDeps } from '../services/keep-mutes.ts';
import { createMuteVerbs } from '../services/mute-verbs.ts';
import { createPresence, type PresenceWatch } from '../services/presence.ts';
import type { ProcessDeps } from '../services/process.ts';
import type { ReconcileDeps } from '../services/reconcile/reconcile.ts';
import { type ExpireDeps, redriveAction } from '../services/redrive.ts';
import type { MuteDeps } from '../services/silences.ts';
import { type ClickDeps, handleClick } from '../services/slack-clicks.ts';
import { createVocabularyMemory, type VocabularyMemory } from '../services/vocabulary-memory.ts';
import { createVocabularyWatch, type VocabularyWatch } from '../services/watch-vocabulary.ts';
import { findClickedGroup } from '../store/alert-groups.ts';
import { findAlert } from '../store/alerts.ts';
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
  /** Given where the services live for one invocation only. */
  vocabularyMemory?: VocabularyMemory;
}

/** How the services tell that there is something to do. */
export interface Signals {
  /** Events are durable: they want to be judged. */
  stored(): void;
  /** Jobs are in the queue: they want to be carried out. */
  queued(): void;
  /** A silence or a pause was lifted: what it held back wants to be let go. */
  lifted(): void;
  /** What pages show may have changed. */
  changed(): void;
}

export interface ServiceObserver {
  decided?(decision: Decision): void;
  settled?(action: Action, state: ActionState): void;
}

const log = getLogger(['vigia', 'service']);

export interface Services {
  enrichment: Enrichment;
  presence: PresenceWatch;
  vocabulary: VocabularyWatch;
  destinations: Destinations;
  /** Destinations that have credentials. */
  connected: DestinationName[];
  processing: ProcessDeps;
  delivering: DeliverDeps;
  redriving: ExpireDeps;
  keepingMutes: KeepMutesDeps;
  muting: MuteDeps;
  grouping: AlertGroupDeps;
  /** Undefined where Zoho Desk is not connected, or it is switched off. */
  reconciling: ReconcileDeps | undefined;
  /** Undefined where it is switched off, or there is no portal. */
  deadMan: DeadManDeps | undefined;
}

/** `enrichment.load()` and `vocabulary.refresh()` are to be awaited before anything is judged. */
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
  const vocabulary = createVocabularyWatch({
    db: database.db,
    clock,
    queue,
    ruleset,
    ownerChannel: config.slack.ownerChannel,
    publicUrl: config.publicUrl,
    memory: parts.vocabularyMemory ?? createVocabularyMemory(),
  });
  const cards = { perMinute: config.slack.cardBudget, publicUrl: config.publicUrl };
  const presence = createPresence({ database, clock, orgId: config.zoho.orgId, client, ruleset, directory });
  const processing: ProcessDeps = {
    database,
    clock,
    queue,
    ruleset,
    vocabulary,
    channels: enrichment.channels,
    online: presence.online,
    storePersonalData,
    directory,
    maxReassignments: config.maxReassignmentsPerHour,
    ownerChannel: config.slack.ownerChannel,
    publicUrl: config.publicUrl,
    cards,
    onJudged({ judged }, jobs) {
      for (const { state, effects } of judged) {
        if (state.session !== undefined) enrichment.notice(state.session);
        for (const { gap, inferred } of effects.transitions) {
          if (gap) metrics.gaps.add(1);
          if (inferred === true) metrics.inferred.add(1);
        }
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
    cards,
    random: Math.random,
    onSettled(action, state, jobs) {
      metrics.actions.add(1, { type: action.spec.type, state });
      observer.settled?.(action, state);
      if (jobs > 0) signals.queued();
      signals.changed();
    },
  };
  const redriving = { database, clock, queue, directory, storePersonalData, onQueued: signals.queued };
  return {
    enrichment,
    presence,
    vocabulary,
    destinations,
    connected: Object.values(destinations).flatMap(({ name, connected }) => (connected ? [name] : [])),
    processing,
    delivering,
    redriving,
    keepingMutes: {
      ...redriving,
      tell: { queue, ownerChannel: config.slack.ownerChannel, rulesetHash: () => ruleset().hash },
    },
    muting: {
      database,
      clock,
      names: () => ({ rules: ruleset().rules, directory: directory() }),
      onChanged: signals.changed,
      onLifted: signals.lifted,
    },
    grouping: { database, clock, queue, onQueued: signals.queued },
    reconciling: composeReconciliation(parts, client, directory),
    deadMan: composeDeadMan(parts),
  };
}

function composeReconciliation(
  { config, clock, database, signals }: Parts,
  client: ZohoClient | undefined,
  directory: () => Directory,
): ReconcileDeps | undefined {
  const { reconcile, zoho, storePersonalData } = config;
  const { everyMs, creditsPerDay } = reconcile;
  if (client === undefined || zoho.orgId === undefined || everyMs === undefined) return undefined;
  const { db } = database;
  const ingest = createIngest({ database, clock, storePersonalData, onStored: signals.stored });
  return { db, clock, orgId: zoho.orgId, client, directory, ingest, everyMs, creditsPerDay };
}

function composeDeadMan({ config, clock, database, queue, ruleset, signals }: Parts): DeadManDeps | undefined {
  const { deadManAfterMs: afterMs, deadManCalendar, zoho, slack } = config;
  if (afterMs === undefined || zoho.orgId === undefined) return undefined;
  return {
    database,
    clock,
    queue,
    orgId: zoho.orgId,
    afterMs,
    calendar: () => findCalendar(deadManCalendar, ruleset().calendars),
    ownerChannel: slack.ownerChannel,
    rulesetHash: () => ruleset().hash,
    onQueued: signals.queued,
  };
}

/** Rules are read anew while the server runs: that a calendar is gone is told in the log, and the check goes on without it. */
function findCalendar(name: string | undefined, calendars: ReadonlyMap<string, Calendar>): Calendar | undefined {
  if (name === undefined) return undefined;
  const calendar = calendars.get(name);
  if (calendar === undefined) log.warn('DEAD_MAN_CALENDAR names "{name}", which calendars.json has not', { name });
  return calendar;
}

/** Chats that are judged again at once, for those who ask why: it is the work of the process that judges. */
const EXPLAINED_AT_ONCE = 2;

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
  /** Where nothing outlives an answer by itself: sees that this work does. */
  keepAlive?: (work: Promise<unknown>) => void;
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
  const groupVerbs = { database, clock, onChanged: signals.changed };
  const readers = (field: string, value: string) => readersOf(ruleset().readers, field, value);
  const accepting = { database, clock, watch: services.vocabulary, onAccepted: signals.changed };
  const acceptValue = (org: string, acceptance: Acceptance, by: string) =>
    acceptVocabulary(accepting, org, acceptance, by);
  const clicking: ClickDeps = {
    orgId,
    now: clock.now,
    tell: createTellClicker({ token: config.slack.botToken, apiUrl: config.slack.apiUrl, clock }),
    targets: {
      alert: {
        find: (org, id) => findAlert(database.db, org, id),
        acknowledge: (org, id, by) => acknowledgeAlert(verbs, org, id, by),
        resolve: (org, id, by) => resolveAlert(verbs, org, id, by),
        snooze: (org, id, until, by) => snoozeAlert(verbs, org, id, { by, until }),
      },
      group: {
        find: (org, id) => findClickedGroup(database.db, org, id),
        acknowledge: (org, id, by) => acknowledgeGroup(groupVerbs, org, id, by),
        resolve: (org, id, by) => resolveGroup(groupVerbs, org, id, by),
      },
    },
  };
  const ingest = createIngest({ database, clock, storePersonalData, onStored: signals.stored, ...appParts.ingest });
  const mutes = createMuteVerbs(services.muting);
  const { channels, directory } = services.enrichment;
  const { maxReassignmentsPerHour: maxReassignments } = config;
  const inTurn = createSemaphore(EXPLAINED_AT_ONCE);
  const explaining: ExplainDeps = { db: database.db, clock, ruleset, channels, directory, maxReassignments, inTurn };
  return createApp({
    config,
    clock,
    db: database.db,
    databaseState: () => health?.state() ?? { ok: true },
    verifier: createVerifier(config, clock, appParts.verifier),
    ingest: health === undefined ? ingest : guardIngest(ingest, health),
    receiverMemory,
    acknowledgeAlert: (org, id, by) => acknowledgeAlert(verbs, org, id, by),
    snoozeAlert: (org, id, { by, forMs }) => snoozeAlert(verbs, org, id, { by, until: clock.now() + forMs }),
    resolveAlert: (org, id, by) => resolveAlert(verbs, org, id, by),
    acknowledgeGroup: (org, id, by) => acknowledgeGroup(groupVerbs, org, id, by),
    resolveGroup: (org, id, by) => resolveGroup(groupVerbs, org, id, by),
    retryAction: (org, id, by) => redriveAction(services.redriving, org, id, by),
    mutes,
    explain: (org, request) => explainRule(explaining, org, request),
    acceptVocabulary: acceptValue,
    vocabularyReaders: readers,
    slackClicked: (click) => handleClick(clicking, click),
    keepAlive: appParts.keepAlive,
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
      liftPause: (id, by) => mutes.liftPause(orgId, id, by),
      acknowledgeGroup: (id, by) => acknowledgeGroup(groupVerbs, orgId, id, by),
      accept: async (entry, by) => {
        const accepted = await acceptValue(orgId, entry, by);
        return toVocabularyItem(accepted, readers(entry.field, entry.value));
      },
      readers,
      explaining,
    }),
  });
}

function createVerifier({ zoho, webhook }: Config, clock: Clock, options: AppParts['verifier'] = {}) {
  if (!webhook.verify || zoho.orgId === undefined) return undefined;
  const { orgId, webhookId, jwksUrl } = zoho;
  return createZohoVerifier({ jwksUrl, orgId, clock, webhookId, ...options });
}
