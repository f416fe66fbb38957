import type { Rule } from '../../domain/rule.ts';
import type { Change, Gate, GateName, Verdict } from './explanation.ts';
import type { FieldChange } from './smallest-change.ts';

/** What the smallest change is made of. */
export interface Turning {
  verdict: Verdict;
  rule: Rule;
  gates: readonly Gate[];
  /** The fewest fields that make the conditions come out as wanted. */
  turn(wanted: boolean): Promise<FieldChange[] | undefined>;
}

/** What would have to be different for a rule that acted not to act, and for one that did not to act. */
export async function toChanges(turning: Turning): Promise<Change[]> {
  const { verdict, rule, gates } = turning;
  if (verdict === 'fired') return (await turning.turn(false)) ?? [];
  if (verdict === 'already_fired' || verdict === 'given_up') return [{ kind: 'new_episode' }];
  const hold = gateOf(gates, 'hold');
  const changes: Change[] = [];
  if (gateOf(gates, 'trigger')?.blocks === true) changes.push(...triggerChanges(gates));
  if (verdict === 'never_asked') return changes;
  if (gateOf(gates, 'conditions')?.result === false) {
    const fields = await turning.turn(true);
    // What no value of a field can meet, nothing else can either.
    if (fields === undefined) return [];
    changes.push(...fields);
  }
  if (hold?.blocks === true) changes.push(lasting(hold, rule));
  return [...changes, ...gates.flatMap((gate) => (gate.blocks ? changesOf(gate, turning) : []))];
}

function gateOf<N extends GateName>(gates: readonly Gate[], name: N): Extract<Gate, { name: N }> | undefined {
  return gates.find((gate): gate is Extract<Gate, { name: N }> => gate.name === name);
}

function triggerChanges(gates: readonly Gate[]): Change[] {
  const trigger = gateOf(gates, 'trigger');
  if (trigger === undefined) return [];
  if (trigger.event === undefined || !trigger.on.includes(trigger.event.type)) {
    return [{ kind: 'event', types: trigger.on }];
  }
  return [{ kind: 'late_allowed' }];
}

function lasting({ forMs, episode, remainingMs }: Extract<Gate, { name: 'hold' }>, rule: Rule): Change {
  const runs = episode?.state === 'running' && episode.endedAt === undefined && remainingMs !== undefined;
  if (!runs) return { kind: 'lasts', ms: rule.trigger.kind === 'hold' ? rule.trigger.forMs : forMs };
  return { kind: 'lasts', ms: remainingMs, until: episode.dueAt };
}

function changesOf(gate: Gate, { verdict }: Turning): Change[] {
  switch (gate.name) {
    case 'unknown':
      return gate.values.map((value) => ({ kind: 'known', value }));
    case 'calendar':
      return [{ kind: 'opens', calendar: gate.calendar, ...(gate.nextAt === undefined ? {} : { at: gate.nextAt }) }];
    case 'lateness':
      return [{ kind: 'sooner', ms: gate.lateMs - gate.maxLateMs }];
    case 'exclusive':
      return gate.winner === undefined ? [] : [{ kind: 'winner_gone', ruleId: gate.winner }];
    case 'inhibition': {
      const { by, channelId, subjects } = gate;
      if (by === undefined) return [];
      return [{ kind: 'inhibitor_ends', ruleId: by, subjects, ...(channelId === undefined ? {} : { channelId }) }];
    }
    case 'limit':
      return gate.freeAt === undefined ? [] : [{ kind: 'limit_free', at: gate.freeAt }];
    case 'reassignments':
      return gate.freeAt === undefined || verdict !== 'limited'
        ? []
        : [{ kind: 'reassignments_free', at: gate.freeAt }];
    case 'mode':
      return [{ kind: 'mode', to: 'live' }];
    case 'silence':
      return gate.silence === undefined ? [] : [{ kind: 'silence_ends', id: gate.silence.id, at: gate.silence.until }];
    case 'acknowledgement':
      return [{ kind: 'unacknowledged' }];
    default:
      return [];
  }
}
