import { findName } from '../domain/directory.ts';
import type { Directory, Rule } from '../domain/rule.ts';
import type { ActionDetails } from '../store/read/action-details.ts';
import type { TimelineRow } from '../store/read/timeline.ts';
import type { LatestActionRow, LatestDecisionRow, LiveAlertRow, RunningHoldRow } from '../store/read/watch-lists.ts';
import type { BoardAction, BoardAlert, BoardDecision, BoardHold, ChatRef, Named } from './board-snapshot.ts';
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

  function toChat(row: ChatColumns): ChatRef {
    return {
      id: row.sessionId,
      subject: row.subject,
      status: row.status,
      channel: namedOrNull(row.channelId),
      assignee: namedOrNull(row.assigneeId),
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
      openedAt,
      acknowledgedAt,
      acknowledgedBy,
      nextStepAt,
      runbook: card?.runbook ?? ruleOf(row.ruleId)?.runbook ?? null,
      chat: toChat(row),
    };
  }

  function toDecision(row: LatestDecisionRow): BoardDecision {
    const { id, outcome, mode, step, decidedAt, reason } = row;
    return { id, rule: nameRule(row.ruleId), outcome, mode, step, decidedAt, reason, chat: toChat(row) };
  }

  function toAction(row: LatestActionRow): BoardAction {
    const { id, type, state, reason, attempts, createdAt } = row;
    return { id, type, state, rule: nameRule(row.ruleId), reason, attempts, createdAt, chat: toChat(row) };
  }

  function toEntry(row: TimelineRow, details: ReadonlyMap<string, ActionDetails>): TimelineEntry {
    switch (row.kind) {
      case 'transition':
        return { ...row, assignee: namedOrNull(row.row.assigneeId) };
      case 'message':
        return row;
      case 'decision':
        return { ...row, rule: nameRule(row.row.ruleId) };
      case 'action':
        return { ...row, rule: nameRule(row.row.ruleId), details: details.get(row.row.id) };
    }
  }

  return { namedOrNull, toHold, toAlert, toDecision, toAction, toEntry };
}
