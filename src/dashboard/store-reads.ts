import { type DestinationName, destinationOf } from '../domain/action.ts';
import type { Clock } from '../domain/clock.ts';
import type { Directory, Rule, RuleFault } from '../domain/rule.ts';
import type { Db } from '../store/database.ts';
import { readActionDetails } from '../store/read/action-details.ts';
import { hasEvents } from '../store/read/any-event.ts';
import { listTiles } from '../store/read/board.ts';
import type { ChatFilter } from '../store/read/chat-filter.ts';
import { listDatasets } from '../store/read/datasets.ts';
import { findDecision } from '../store/read/decisions.ts';
import { listRejected } from '../store/read/events.ts';
import { readGauges } from '../store/read/gauges.ts';
import { listHolds } from '../store/read/holds.ts';
import { countOpenChats, listOpenChats } from '../store/read/open-chats.ts';
import { listRuleActivity } from '../store/read/rule-activity.ts';
import { findSession } from '../store/read/sessions.ts';
import { readTimeline, type TimelinePosition } from '../store/read/timeline.ts';
import {
  countActions,
  findLiveAlert,
  listLatestActions,
  listLatestDecisions,
  listLiveAlerts,
  listRunningHolds,
} from '../store/read/watch-lists.ts';
import type { BoardSnapshot, Listed, SystemState } from './board-snapshot.ts';
import type { ChatView } from './chat-view.ts';
import type { DashboardReads } from './deps.ts';
import { createNaming } from './naming.ts';
import type { RuleSummary, RulesView } from './rules-view.ts';

/** The pages' data from the database, with readable names. One portal's; without a portal everything is empty. */
export interface StoreReadsDeps {
  db: Db;
  orgId: string | undefined;
  clock: Clock;
  directory(): Directory;
  ruleset(): CurrentRules | undefined;
  destinations: readonly { name: DestinationName; connected: boolean }[];
}

/** The rules in force, and the errors of newer files that could not be taken. */
export interface CurrentRules {
  hash: string;
  rules: readonly Rule[];
  /** Epoch ms. */
  loadedAt: number;
  faults: readonly RuleFault[];
}

const CHATS = 50;
const HOLDS = 50;
const ALERTS = 50;
const LATEST = 30;
const TROUBLED = 8;
const TIMELINE = 200;
const MOST_ROWS = 10_000;
const DAY_MS = 86_400_000;
const MOST_REJECTED = 100;
/** States that want a person's look, and those of them that are told one by one. */
const TROUBLES = ['dead', 'refused', 'uncertain', 'not_connected'] as const;
const ENDED_BADLY = ['dead', 'refused', 'uncertain'] as const;

export function createStoreReads(deps: StoreReadsDeps): DashboardReads {
  const { db, clock } = deps;
  // No portal has the empty id: everything is empty then.
  const orgId = deps.orgId ?? '';
  const { namedOrNull, toHold, toAlert, toDecision, toAction, toEntry } = createNaming(deps);

  async function readSystem(): Promise<SystemState> {
    const [gauges, rejected] = await Promise.all([readGauges(db, orgId), listRejected(db, orgId, MOST_REJECTED)]);
    const unreadable = rejected.rows.filter(({ receivedAt }) => receivedAt > clock.now() - DAY_MS);
    const [latest] = unreadable;
    const ruleset = deps.ruleset();
    const count = (mode: Rule['mode']) => ruleset?.rules.filter((rule) => rule.mode === mode).length ?? 0;
    return {
      ruleset:
        ruleset === undefined
          ? null
          : {
              hash: ruleset.hash,
              live: count('live'),
              shadow: count('shadow'),
              off: count('off'),
              loadedAt: ruleset.loadedAt,
            },
      faults: [...(ruleset?.faults ?? [])],
      destinations: deps.destinations.map(({ name, connected }) => ({ name, connected })),
      inboxEvents: gauges.inboxEvents,
      inboxSince: gauges.oldestReceivedAt ?? null,
      unfinished: gauges.actionsUnfinished,
      holdsRunning: gauges.holdsRunning,
      alertsOpen: gauges.alertsOpen,
      unreadable: {
        count: unreadable.length,
        latest: latest === undefined ? null : { reason: latest.reason, at: latest.receivedAt },
      },
    };
  }

  async function board(filter: ChatFilter): Promise<BoardSnapshot> {
    const since = clock.now() - DAY_MS;
    const [anyEvent, counts, chats, holds, alerts, decisions, actions, troubled, troubles, tiles, datasets, system] =
      await Promise.all([
        hasEvents(db, orgId),
        countOpenChats(db, orgId),
        listOpenChats(db, orgId, filter, CHATS + 1),
        listRunningHolds(db, orgId, filter, HOLDS + 1),
        listLiveAlerts(db, orgId, filter, ALERTS + 1),
        listLatestDecisions(db, orgId, filter, LATEST, routineRules(deps.ruleset()?.rules ?? [])),
        listLatestActions(db, orgId, filter, LATEST),
        listLatestActions(db, orgId, filter, TROUBLED, { states: ENDED_BADLY, since }),
        countActions(db, orgId, TROUBLES, since),
        listTiles(db, orgId),
        listDatasets(db, orgId, MOST_ROWS),
        readSystem(),
      ]);
    return {
      anyEvent,
      counts: counts.map(({ channelId, ...count }) => ({ ...count, channel: namedOrNull(channelId) })),
      chats: cut(chats, CHATS, ({ channelId, assigneeId, ...chat }) => ({
        ...chat,
        subject: chat.id,
        channel: namedOrNull(channelId),
        assignee: namedOrNull(assigneeId),
      })),
      holds: cut(holds, HOLDS, toHold),
      alerts: cut(alerts, ALERTS, toAlert),
      decisions: decisions.map(toDecision),
      actions: actions.map(toAction),
      troubled: troubled.map(toAction),
      troubles,
      tiles: tiles.map(({ tile, by, value }) => ({ tile, by, value })),
      datasets,
      system,
    };
  }

  async function chat(id: string, after?: TimelinePosition): Promise<ChatView | undefined> {
    const [session, holds, alerts, timeline] = await Promise.all([
      findSession(db, orgId, id),
      listHolds(db, orgId, { state: 'running', sessionId: id }, HOLDS),
      listLiveAlerts(db, orgId, { sessionId: id }, ALERTS),
      readTimeline(db, orgId, id, TIMELINE, after),
    ]);
    if (session === undefined) return undefined;
    const actionIds = timeline.rows.flatMap((row) => (row.kind === 'action' ? [row.row.id] : []));
    const details = await readActionDetails(db, orgId, actionIds);
    const { status, channelId, assigneeId } = session;
    return {
      session,
      channel: namedOrNull(channelId),
      assignee: namedOrNull(assigneeId),
      holds: holds.rows.map((row) => toHold({ ...row, status, channelId, assigneeId })),
      alerts: alerts.map(toAlert),
      entries: timeline.rows.map((row) => toEntry(row, details)),
      next: timeline.next,
    };
  }

  async function rules(): Promise<RulesView> {
    const ruleset = deps.ruleset();
    const activity = await listRuleActivity(db, orgId, clock.now() - DAY_MS);
    return {
      ruleset: ruleset === undefined ? null : { hash: ruleset.hash, loadedAt: ruleset.loadedAt },
      rules: (ruleset?.rules ?? []).map((rule) => ({
        rule: toSummary(rule),
        activity: activity.find(({ ruleId }) => ruleId === rule.id),
      })),
      faults: ruleset?.faults ?? [],
    };
  }

  return {
    board,
    chat,
    rules,
    async alert(id) {
      const row = await findLiveAlert(db, orgId, id);
      return row === undefined ? undefined : toAlert(row);
    },
    decision: (id) => findDecision(db, orgId, id),
  };
}

/** Event rules that do nothing but count or record: they fire at most events, and the tiles show what they did. */
function routineRules(rules: readonly Rule[]): string[] {
  return rules
    .filter(({ trigger, actions, steps }) => {
      const all = [...actions, ...steps.flatMap((step) => step.actions)];
      return trigger.kind === 'event' && all.every(({ type }) => isRoutine(destinationOf(type)));
    })
    .map(({ id }) => id);
}

function isRoutine(destination: DestinationName): boolean {
  return destination === 'board' || destination === 'record';
}

function cut<Row, Item>(rows: readonly Row[], limit: number, toItem: (row: Row) => Item): Listed<Item> {
  return { rows: rows.slice(0, limit).map(toItem), more: rows.length > limit };
}

function toSummary(rule: Rule): RuleSummary {
  const { id, name, description, owner, runbook, tags, mode, trigger, limit, exclusive } = rule;
  return {
    id,
    name,
    tags,
    mode,
    trigger,
    actions: rule.actions.map(({ type }) => type),
    steps: rule.steps.length,
    ...(description === undefined ? {} : { description }),
    ...(owner === undefined ? {} : { owner }),
    ...(runbook === undefined ? {} : { runbook }),
    ...(limit === undefined ? {} : { limit }),
    ...(exclusive === undefined ? {} : { exclusive }),
  };
}
