import { slackUserOf } from '../domain/card-buttons.ts';
import { parseSubject } from '../domain/desk-subject.ts';
import { findName, findSlackName } from '../domain/directory.ts';
import type { Directory, Rule } from '../domain/rule.ts';
import { idOf } from '../store/mutes.ts';
import type { ActionDetails } from '../store/read/action-details.ts';
import type { LiveGroupRow } from '../store/read/alert-groups.ts';
import type { TimelineRow } from '../store/read/timeline.ts';
import type { LatestActionRow, LatestDecisionRow, LiveAlertRow, RunningHoldRow } from '../store/read/watch-lists.ts';
import type {
  BoardAction,
  BoardAlert,
  BoardDecision,
  BoardGroup,
  BoardHold,
  ChatRef,
  Named,
} from './board-snapshot.ts';
import type { TimelineEntry } from './chat-view.ts';

/** From rows of the store to rows of a page: ids of rules, channels and agents get their readable names. */
export interface NamingDeps {
  directory(): Directory;
  ruleset(): { rules: readonly Rule[] } | undefined;
}

const indexes = new WeakMap<readonly Rule[], Map<string, Rule>>();

/** Made once per ruleset: its list of rules does not change. */
function findRule(rules: readonly Rule[], id: string): Rule | undefined {
  let index = indexes.get(rules);
  if (index === undefined) {
    index = new Map(rules.map((rule) => [rule.id, rule]));
    indexes.set(rules, index);
  }
  return index.get(id);
}

interface ChatColumns {
  sessionId: string | null;
  subject: string;
  status: string | null;
  channelId: string | null;
  assigneeId: string | null;
}

export function createNaming(deps: NamingDeps) {
  const ruleOf = (id: string) => findRule(deps.ruleset()?.rules ?? [], id);
  const nameRule = (id: string): Named => ({ id, name: ruleOf(id)?.name ?? id });

  /** A channel, an agent or a bot. */
  function namedOrNull(id: string | null): Named | null {
    return id === null || id === '' ? null : { id, name: findName(deps.directory(), id) ?? id };
  }

  /** Who clicked in Slack, by the name that the directory has for them. */
  function nameActor(actor: string | null): string | null {
    const userId = actor === null ? undefined : slackUserOf(actor);
    return userId === undefined ? actor : (findSlackName(deps.directory(), userId) ?? actor);
  }

  /** What a schedule rule is judged for is a channel or an agent, and no chat. */
  /** The rule whose action caused a transition. */
  function causeOf(actionId: string | null, causing: ReadonlyMap<string, string>): Named | null {
    if (actionId === null) return null;
    return nameRule(causing.get(actionId) ?? actionId);
  }

  function toChat(row: ChatColumns): ChatRef {
    const about = row.sessionId === null ? parseSubject(row.subject) : undefined;
    const [channelId, agentId] = [
      about?.kind === 'channel' ? about.id : row.channelId,
      about?.kind === 'agent' ? about.id : row.assigneeId,
    ];
    return {
      id: row.sessionId,
      subject: row.subject,
      status: row.status,
      channel: namedOrNull(channelId),
      assignee: namedOrNull(agentId),
    };
  }

  function toHold(row: RunningHoldRow): BoardHold {
    const { id, mode, startedAt, approximate, dueAt } = row;
    return { id, rule: nameRule(row.ruleId), mode, startedAt, approximate, dueAt, chat: toChat(row) };
  }

  function toAlert(row: LiveAlertRow): BoardAlert {
    const { id, state, openedAt, acknowledgedAt, acknowledgedBy, nextStepAt, card } = row;
    return {
      id,
      rule: nameRule(row.ruleId),
      state,
      severity: card?.severity ?? 'warning',
      text: card?.text ?? null,
      heldBack: row.heldBy === null ? null : { id: idOf(row.heldBy), until: row.heldUntil },
      openedAt,
      acknowledgedAt,
      acknowledgedBy: nameActor(acknowledgedBy),
      nextStepAt,
      runbook: card?.runbook ?? ruleOf(row.ruleId)?.runbook ?? null,
      chat: toChat(row),
    };
  }

  function toGroup({ ruleId, card, ...row }: LiveGroupRow): BoardGroup {
    const { text, severity = 'warning', runbook = ruleOf(ruleId)?.runbook ?? null } = card;
    return { ...row, rule: nameRule(ruleId), severity, text, runbook };
  }

  function toDecision(row: LatestDecisionRow): BoardDecision {
    const { id, outcome, mode, step, decidedAt, reason } = row;
    return { id, rule: nameRule(row.ruleId), outcome, mode, step, decidedAt, reason, chat: toChat(row) };
  }

  function toAction(row: LatestActionRow): BoardAction {
    const { id, type, state, reason, attempts, createdAt } = row;
    return { id, type, state, rule: nameRule(row.ruleId), reason, attempts, createdAt, chat: toChat(row) };
  }

  /** @param causing rule ids by the actions that caused transitions */
  function toEntry(
    row: TimelineRow,
    details: ReadonlyMap<string, ActionDetails>,
    causing: ReadonlyMap<string, string>,
  ): TimelineEntry {
    switch (row.kind) {
      case 'transition':
        return { ...row, assignee: namedOrNull(row.row.assigneeId), by: causeOf(row.row.causedBy, causing) };
      case 'message':
        return row;
      case 'decision':
        return { ...row, rule: nameRule(row.row.ruleId) };
      case 'action':
        return { ...row, rule: nameRule(row.row.ruleId), details: details.get(row.row.id) };
    }
  }

  return { namedOrNull, toChat, toHold, toAlert, toGroup, toDecision, toAction, toEntry };
}
