import type { Decision, Outcome } from '../../domain/decision.ts';
import type { Episode } from '../../domain/episode.ts';
import type { Rule } from '../../domain/rule.ts';
import { aboutOf } from '../computed/about.ts';
import type { Draft } from '../draft.ts';
import { limitKeyOf } from '../gates.ts';
import { REASSIGN_LIMIT_ID, REASSIGNMENTS_WINDOW_MS, reassigns } from '../guard-reassignments.ts';
import { calendarOf } from '../hours.ts';
import { hasOpenEpisode } from '../inhibition.ts';
import { isSaid, silenceOf } from '../silences.ts';
import { inhibitorName, limitName } from '../subject-state.ts';
import type { UnknownValue } from '../unknown-values.ts';
import type { ExplainedCondition, Gate, GateName } from './explanation.ts';
import type { SeenLook } from './facts-of-look.ts';
import { toHoldGate } from './hold-gate.ts';

/** What the gates of a rule are asked about. */
export interface Asked {
  seen: SeenLook;
  draft: Draft;
  rule: Rule;
  /** The moment of the firing, if there is one: a hold's gates are asked when it is due. */
  at: number;
  /** The episode as it stood after the look; one that the look ended is here too. */
  episode: Episode | undefined;
  tree: ExplainedCondition | undefined;
  unknown: readonly UnknownValue[];
  decision: Decision | undefined;
}

type Finding<N extends GateName = GateName> = N extends GateName ? Omit<Extract<Gate, { name: N }>, 'status'> : never;

/**
 * Every gate that the rule has, in the order in which they decide, each with whether it holds the rule back. The functions
 * that judging asks are asked here.
 */
export function findGates(asked: Asked): Finding[] {
  return isOfLadder(asked.decision)
    ? [...ladderGates(asked), ...calendarGate(asked), ...latenessGate(asked), ...modeGate(asked), ...silenceGate(asked)]
    : [
        ...offGate(asked),
        ...triggerGate(asked),
        ...conditionsGate(asked),
        ...unknownGate(asked),
        ...holdGate(asked),
        ...calendarGate(asked),
        ...latenessGate(asked),
        ...exclusiveGate(asked),
        ...inhibitionGate(asked),
        ...limitGate(asked),
        ...modeGate(asked),
        ...silenceGate(asked),
        ...reassignmentsGate(asked),
      ];
}

/** A step of the ladder, or a repeat. */
export function isOfLadder(decision: Decision | undefined): boolean {
  return decision !== undefined && ((decision.step ?? 0) > 0 || decision.repeat !== undefined);
}

/** Outcomes that tell of the life of an episode beside its firing. */
export const LIFE: ReadonlySet<Outcome> = new Set(['armed', 'disarmed', 'resolved']);

function offGate({ rule }: Asked): Finding<'mode'>[] {
  return rule.mode === 'off' ? [{ name: 'mode', mode: 'off', blocks: true }] : [];
}

function modeGate({ rule }: Asked): Finding<'mode'>[] {
  return rule.mode === 'off' ? [] : [{ name: 'mode', mode: rule.mode, blocks: rule.mode !== 'live' }];
}

function triggerGate({ rule, seen }: Asked): Finding<'trigger'>[] {
  if (rule.trigger.kind !== 'event') return [];
  const { on, late } = rule.trigger;
  if (seen.look.kind !== 'event') {
    const waits = seen.before.episodes.some(({ ruleId, eventKey }) => ruleId === rule.id && eventKey !== undefined);
    return [{ name: 'trigger', on, blocks: !waits }];
  }
  const { event } = seen.look;
  const isLate = seen.before.session !== undefined && event.at < seen.before.session.lastEventAt;
  const blocks = !on.includes(event.type) || (isLate && !late);
  return [{ name: 'trigger', on, event: { type: event.type, at: event.at, late: isLate }, blocks }];
}

function conditionsGate({ tree }: Asked): Finding<'conditions'>[] {
  const result = tree?.verdict;
  return [{ name: 'conditions', ...(result === undefined ? {} : { result }), blocks: result === false }];
}

function unknownGate({ rule, unknown }: Asked): Finding<'unknown'>[] {
  if (unknown.length === 0) return [];
  return [{ name: 'unknown', onUnknown: rule.onUnknown, values: [...unknown], blocks: rule.onUnknown === 'skip' }];
}

function holdGate({ rule, seen, episode }: Asked): Finding<'hold'>[] {
  if (rule.trigger.kind !== 'hold') return [];
  const gate = toHoldGate(seen.ruleset, rule, episode, seen.look.at);
  const isDue = episode !== undefined && gate.remainingMs === 0 && episode.falseSince === undefined;
  const acted =
    episode?.state === 'fired' && seen.before.episodes.every(({ id, state }) => id !== episode.id || state !== 'fired');
  return [{ name: 'hold', ...gate, blocks: !isDue && !acted }];
}

function ladderGates({ decision, episode }: Asked): Finding[] {
  const { step, repeat } = decision ?? {};
  const acknowledgedAt = episode?.acknowledgedAt;
  const acknowledged = acknowledgedAt === undefined ? {} : { acknowledgedAt };
  return [
    {
      name: 'ladder',
      ...(step === undefined ? {} : { step }),
      ...(repeat === undefined ? {} : { repeat }),
      ...(episode?.firedAt === undefined ? {} : { firedAt: episode.firedAt }),
      blocks: false,
    },
    { name: 'acknowledgement', ...acknowledged, blocks: decision?.outcome === 'skipped' },
  ];
}

function calendarGate({ rule, seen, at }: Asked): Finding<'calendar'>[] {
  const { during } = rule;
  const calendar = calendarOf(seen.ruleset, rule);
  if (during === undefined || calendar === undefined) return [];
  const isOpen = calendar.isOpen(at);
  const nextAt = isOpen ? calendar.nextClose(at) : calendar.nextOpen(at);
  // The due time of a business clock counts as open, also when it is the very end of the hours.
  const blocks = !isOpen && !(rule.clock === 'business' && rule.trigger.kind === 'hold' && calendar.isOpen(at - 1));
  const { outside } = during;
  return [
    { name: 'calendar', calendar: calendar.name, isOpen, outside, ...(nextAt === undefined ? {} : { nextAt }), blocks },
  ];
}

function latenessGate({ rule, seen, episode, decision, at }: Asked): Finding<'lateness'>[] {
  // An event rule at its event is never late: its deliveries may be. Nor is what has not fallen due.
  if (episode === undefined || decision === undefined || LIFE.has(decision.outcome)) return [];
  const before = seen.before.episodes.find(({ id }) => id === episode.id) ?? episode;
  const dueAt = isOfLadder(decision) ? at : before.dueAt;
  const lateMs = Math.max(0, seen.now - Math.max(dueAt, before.dueSetAt));
  return [{ name: 'lateness', lateMs, maxLateMs: rule.maxLateMs, blocks: lateMs > rule.maxLateMs }];
}

function exclusiveGate({ rule, seen, decision }: Asked): Finding<'exclusive'>[] {
  const { exclusive: group } = rule;
  if (group === undefined) return [];
  const winner = seen.effects.decisions.find(
    ({ ruleId, outcome, step }) =>
      ruleId !== rule.id &&
      (outcome === 'fired' || outcome === 'silenced') &&
      step === 0 &&
      seen.ruleset.active.get(ruleId)?.exclusive === group &&
      hasPrecedence(seen, ruleId, rule.id),
  )?.ruleId;
  const blocks = winner !== undefined || decision?.outcome === 'excluded';
  return [{ name: 'exclusive', group, ...(winner === undefined ? {} : { winner }), blocks }];
}

/** The rules in force are in the order of their priority. */
function hasPrecedence({ ruleset }: SeenLook, a: string, b: string): boolean {
  const order = [...ruleset.active.keys()];
  return order.indexOf(a) < order.indexOf(b);
}

function inhibitionGate({ rule, draft, episode }: Asked): Finding<'inhibition'>[] {
  if (rule.inhibitedBy.length === 0) return [];
  const channelId = draft.session?.channelId ?? episode?.channelId;
  const by = channelId === undefined ? undefined : rule.inhibitedBy.find((id) => hasOpenEpisode(draft, id, channelId));
  const known = by === undefined || channelId === undefined ? undefined : inhibitorName({ ruleId: by, channelId });
  const subjects = known === undefined ? [] : [...(draft.known.inhibitors?.get(known) ?? [draft.subject])];
  return [
    {
      name: 'inhibition',
      rules: rule.inhibitedBy,
      ...(by === undefined ? {} : { by }),
      ...(channelId === undefined ? {} : { channelId }),
      subjects,
      blocks: by !== undefined,
    },
  ];
}

function limitGate({ rule, draft, at }: Asked): Finding<'limit'>[] {
  const { limit } = rule;
  if (limit === undefined) return [];
  const { count, per, withinMs } = limit;
  const firedAt = draft.known.limits.get(limitName(limitKeyOf(draft, rule))) ?? [];
  return [{ name: 'limit', per, ...windowAt(firedAt, { at, count, withinMs }), count, withinMs }];
}

/** How many firings a window counts, and when there is room in it. */
function windowAt(
  firedAt: readonly number[],
  { at, count, withinMs }: { at: number; count: number; withinMs: number },
): { used: number; freeAt?: number; blocks: boolean } {
  const lately = firedAt.filter((one) => one > at - withinMs).sort((a, b) => a - b);
  const oldest = lately[lately.length - count];
  return {
    used: lately.length,
    ...(oldest === undefined ? {} : { freeAt: oldest + withinMs }),
    blocks: lately.length >= count,
  };
}

function silenceGate({ rule, draft, at }: Asked): Finding<'silence'>[] {
  if (rule.mode !== 'live' || !rule.actions.some(isSaid)) return [];
  const found = silenceOf(draft, rule, at);
  if (found === undefined) return [{ name: 'silence', blocks: false }];
  const { silence, until } = found;
  const { id, owner } = silence;
  return [{ name: 'silence', silence: { id, owner, until }, blocks: rule.actions.every(isSaid) }];
}

function reassignmentsGate({ rule, draft, seen, at }: Asked): Finding<'reassignments'>[] {
  if (rule.mode !== 'live' || draft.sessionId === undefined || !rule.actions.some(reassigns)) return [];
  const key = { ruleId: REASSIGN_LIMIT_ID, scope: draft.subject };
  const window = windowAt(draft.known.limits.get(limitName(key)) ?? [], {
    at: Math.max(seen.now, at),
    count: seen.maxReassignments,
    withinMs: REASSIGNMENTS_WINDOW_MS,
  });
  // It leaves out one action and not the firing.
  return [{ name: 'reassignments', ...window, most: seen.maxReassignments }];
}

/** Whom a rule is judged for: what its limit and its inhibitors are of. */
export function keysOfGates(draft: Draft, rule: Rule, episode: Episode | undefined) {
  const channelId = aboutOf(draft).channelId ?? episode?.channelId;
  return {
    limits: rule.limit === undefined ? [] : [limitKeyOf(draft, rule)],
    inhibitors: channelId === undefined ? [] : rule.inhibitedBy.map((ruleId) => ({ ruleId, channelId })),
  };
}
