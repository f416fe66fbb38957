import { formatDuration } from '../domain/duration.ts';
import type { Rule } from '../domain/rule.ts';
import { aboutOf } from './computed/about.ts';
import { type Draft, readLimit, writeLimit } from './draft.ts';
import type { Ready } from './fire.ts';
import { closedAt, dueTimeOf } from './hours.ts';
import { isTooLate, lateReason } from './lateness.ts';
import type { LimitKey } from './subject-state.ts';

/** What keeps a rule from firing though its conditions hold. */
export interface Gate {
  outcome: 'closed' | 'expired' | 'excluded';
  /** For people. */
  reason: string;
  /** It is not forgone: it is looked at again then. */
  waitsUntil?: number;
}

/**
 * The first gate that holds this firing back; undefined when there is none.
 * @param taken which rule has acted for each exclusive group, at this event or instant
 */
export function findGate(draft: Draft, candidate: Ready, taken: ReadonlyMap<string, string>): Gate | undefined {
  // What waits for its calendar is not late before it has opened.
  return findClosed(draft, candidate) ?? findLate(draft, candidate) ?? findWinner(candidate, taken);
}

function findClosed(draft: Draft, { rule, cause, episode }: Ready): Gate | undefined {
  // A business clock runs while the calendar is open, so its due time is within the hours, also when it is their very end.
  if (rule.clock === 'business' && episode?.kind === 'hold') {
    const due = dueTimeOf(draft.ruleset, rule, episode.startedAt);
    if (due.reachable && due.at === cause.at) return undefined;
  }
  const closed = closedAt(draft.ruleset, rule, cause.at);
  return closed === undefined ? undefined : { outcome: 'closed', ...closed };
}

/** An event rule at its event is never late: its deliveries may be. */
function findLate(draft: Draft, { rule, episode, dueAt }: Ready): Gate | undefined {
  if (episode === undefined || !isTooLate(draft, rule, dueAt)) return undefined;
  return { outcome: 'expired', reason: lateReason(draft, rule, dueAt) };
}

function findWinner({ rule }: Ready, taken: ReadonlyMap<string, string>): Gate | undefined {
  const winner = rule.exclusive === undefined ? undefined : taken.get(rule.exclusive);
  if (winner === undefined) return undefined;
  return { outcome: 'excluded', reason: `rule ${winner} of the group "${rule.exclusive}" acted instead` };
}

/**
 * Why this firing is over its limit; undefined when it is not: then it is counted. Steps, repeats and what is forgone are
 * not counted; shadow counts apart.
 */
export function findLimit(draft: Draft, { rule, cause }: Ready): string | undefined {
  const { limit } = rule;
  if (limit === undefined) return undefined;
  const key = limitKeyOf(draft, rule);
  const firedAt = (readLimit(draft, key) ?? []).filter((at) => at > cause.at - limit.withinMs);
  if (firedAt.length >= limit.count) {
    const per = limit.per === 'rule' ? '' : ` for this ${limit.per}`;
    return `fired ${firedAt.length} times${per} within ${formatDuration(limit.withinMs)}`;
  }
  writeLimit(draft, key, [...firedAt, cause.at].sort((a, b) => a - b).slice(-limit.count));
  return undefined;
}

/** The window in which the firings of a limited rule are counted here. */
export function limitKeyOf(draft: Pick<Draft, 'subject' | 'session'>, rule: Rule): LimitKey {
  return { ruleId: rule.id, scope: `${rule.mode === 'shadow' ? 'shadow:' : ''}${limitScope(draft, rule)}` };
}

function limitScope(draft: Pick<Draft, 'subject' | 'session'>, rule: Rule): string {
  switch (rule.limit?.per) {
    case 'session':
      return draft.subject;
    case 'channel':
      return aboutOf(draft).channelId ?? '';
    case 'agent':
      return aboutOf(draft).assigneeId ?? '';
    default:
      return '';
  }
}
