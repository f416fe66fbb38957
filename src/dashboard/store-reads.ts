import { type DestinationName, destinationOf } from '../domain/action.ts';
import type { Clock } from '../domain/clock.ts';
import type { Directory, Rule, RuleFault } from '../domain/rule.ts';
import { tellRule } from '../engine/describe/tell-rule.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import { findSilence } from '../services/dead-man.ts';
import { explainChat, toTrouble } from '../services/explain/explain-chat.ts';
import type { ExplainDeps } from '../services/explain/explain-rule.ts';
import type { Db } from '../store/database.ts';
import { readActionDetails, readRulesOf } from '../store/read/action-details.ts';
import { listLiveGroups } from '../store/read/alert-groups.ts';
import { hasEvents } from '../store/read/any-event.ts';
import { listTiles } from '../store/read/board.ts';
import type { ChatFilter } from '../store/read/chat-filter.ts';
import { listDatasets } from '../store/read/datasets.ts';
import { findDecision } from '../store/read/decisions.ts';
import { listRejected } from '../store/read/events.ts';
import { countGaps } from '../store/read/gaps.ts';
import { readGauges } from '../store/read/gauges.ts';
import { listHolds } from '../store/read/holds.ts';
import { listPauses, listSilences } from '../store/read/mutes.ts';
import { countOpenChats, listOpenChats } from '../store/read/open-chats.ts';
import { listRuleActivity } from '../store/read/rule-activity.ts';
import { findSession } from '../store/read/sessions.ts';
import { readTimeline, type TimelinePosition } from '../store/read/timeline.ts';
import { countNewVocabulary, listVocabulary } from '../store/read/vocabulary.ts';
import {
  countActions,
  findLiveAlert,
  listLatestActions,
  listLatestDecisions,
  listLiveAlerts,
  listRunningHolds,
} from '../store/read/watch-lists.ts';
import type { EntryRow } from '../store/vocabulary.ts';
import type { BoardSnapshot, Listed, SystemState } from './board-snapshot.ts';
import type { ChatView } from './chat-view.ts';
import type { DashboardReads } from './deps.ts';
import { type MutesView, toMutesView } from './mutes-view.ts';
import { createNaming } from './naming.ts';
import type { RuleSummary, RulesView } from './rules-view.ts';
import { toVocabularyItem, type VocabularyView } from './vocabulary-view.ts';
import type { WhyQuestion, WhyView } from './why-view.ts';

/** The pages' data from the database, with readable names. One portal's; without a portal everything is empty. */
export interface StoreReadsDeps {
  db: Db;
  orgId: string | undefined;
  clock: Clock;
  directory(): Directory;
  ruleset(): CurrentRules | undefined;
  /** The rules in force that read what an entry of the vocabulary is about. */
  readers(field: string, value: string): readonly Rule[];
  destinations: readonly { name: DestinationName; connected: boolean }[];
  /** What a chat is judged again with; default: what is stored. */
  explaining?: ExplainDeps;
}

/** The rules in force, and the errors of newer files that could not be taken. */
export interface CurrentRules {
  hash: string;
  rules: readonly Rule[];
  /** What rules are told with. */
  conditions: Ruleset['conditions'];
  directory: Directory;
  /** Epoch ms. */
  loadedAt: number;
  faults: readonly RuleFault[];
}

const MUTES = 20;
const CHATS = 50;
const HOLDS = 50;
const ALERTS = 50;
const GROUPS = 20;
const LATEST = 30;
const TROUBLED = 8;
const TIMELINE = 200;
const WORDS = 100;
const ACCEPTED_WORDS = 30;
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
  const { namedOrNull, toChat, toHold, toAlert, toGroup, toDecision, toAction, toEntry } = createNaming(deps);

  async function readSystem(): Promise<SystemState> {
    const [gauges, rejected, newVocabulary, silentSince, gaps] = await Promise.all([
      readGauges(db, orgId),
      listRejected(db, orgId, MOST_REJECTED),
      countNewVocabulary(db, orgId),
      findSilence(db, orgId),
      countGaps(db, orgId, clock.now() - DAY_MS),
    ]);
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
      silentSince: silentSince ?? null,
      gaps,
      holdsRunning: gauges.holdsRunning,
      alertsOpen: gauges.alertsOpen,
      newVocabulary,
      unreadable: {
        count: unreadable.length,
        latest: latest === undefined ? null : { reason: latest.reason, at: latest.receivedAt },
      },
    };
  }

  async function board(filter: ChatFilter): Promise<BoardSnapshot> {
    const since = clock.now() - DAY_MS;
    const [
      anyEvent,
      counts,
      chats,
      holds,
      groups,
      alerts,
      decisions,
      actions,
      troubled,
      troubles,
      tiles,
      datasets,
      system,
    ] = await Promise.all([
      hasEvents(db, orgId),
      countOpenChats(db, orgId),
      listOpenChats(db, orgId, filter, CHATS + 1),
      listRunningHolds(db, orgId, filter, HOLDS + 1),
      listLiveGroups(db, orgId, filter, GROUPS),
      listLiveAlerts(db, orgId, { ...filter, grouped: false }, ALERTS + 1),
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
      groups: groups.map(toGroup),
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

  async function why(sessionId: string, question: WhyQuestion): Promise<WhyView | undefined> {
    const { explaining = { db, clock, directory: deps.directory } } = deps;
    try {
      return await explainChat(explaining, orgId, { ...question, sessionId });
    } catch (error) {
      const trouble = toTrouble(error);
      if (trouble === undefined) throw error;
      const { ruleId: _, decisionId: __, ...rest } = question;
      // Of a rule that nobody knows the others are shown.
      const others = trouble === 'noRule' ? await explainChat(explaining, orgId, { ...rest, sessionId }) : undefined;
      return { rules: [], more: false, ...others, trouble };
    }
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
    const causes = timeline.rows.flatMap((row) => (row.kind === 'transition' ? (row.row.causedBy ?? []) : []));
    const [details, causing] = await Promise.all([
      readActionDetails(db, orgId, actionIds),
      readRulesOf(db, orgId, causes),
    ]);
    const { status, channelId, assigneeId } = session;
    return {
      session,
      channel: namedOrNull(channelId),
      assignee: namedOrNull(assigneeId),
      holds: holds.rows.map((row) => toHold({ ...row, status, channelId, assigneeId })),
      alerts: alerts.map(toAlert),
      entries: timeline.rows.map((row) => toEntry(row, details, causing)),
      next: timeline.next,
    };
  }

  async function mutes(): Promise<MutesView> {
    const now = clock.now();
    const open = { open: true, now };
    const [pauses, silences] = await Promise.all([
      listPauses(db, orgId, open, MUTES),
      listSilences(db, orgId, open, MUTES),
    ]);
    const naming = { rules: deps.ruleset()?.rules ?? [], directory: deps.directory() };
    return toMutesView(pauses.rows, silences.rows, naming, now);
  }

  async function rules(): Promise<RulesView> {
    const ruleset = deps.ruleset();
    const activity = await listRuleActivity(db, orgId, clock.now() - DAY_MS);
    return {
      ruleset: ruleset === undefined ? null : { hash: ruleset.hash, loadedAt: ruleset.loadedAt },
      rules:
        ruleset?.rules.map((rule) => ({
          rule: toSummary(rule),
          sentences: tellRule(rule, ruleset),
          activity: activity.find(({ ruleId }) => ruleId === rule.id),
        })) ?? [],
      faults: ruleset?.faults ?? [],
    };
  }

  async function vocabulary(): Promise<VocabularyView> {
    const [fresh, accepted] = await Promise.all([
      listVocabulary(db, orgId, { state: 'new' }, WORDS),
      listVocabulary(db, orgId, { state: 'accepted' }, ACCEPTED_WORDS),
    ]);
    const toItem = (row: EntryRow) => toVocabularyItem(row, deps.readers(row.field, row.value));
    return {
      fresh: { rows: fresh.rows.map(toItem), more: fresh.next !== undefined },
      accepted: accepted.rows.map(toItem),
    };
  }

  return {
    board,
    chat,
    rules,
    why,
    vocabulary,
    mutes,
    async group(id) {
      const row = (await listLiveGroups(db, orgId, {}, Number.POSITIVE_INFINITY)).find((one) => one.id === id);
      return row === undefined ? undefined : toGroup(row);
    },
    async alert(id) {
      const row = await findLiveAlert(db, orgId, id);
      return row === undefined ? undefined : toAlert(row);
    },
    async decision(id) {
      const row = await findDecision(db, orgId, id);
      return row && { ...row, chat: toChat({ ...row, status: null, channelId: null, assigneeId: null }) };
    },
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
