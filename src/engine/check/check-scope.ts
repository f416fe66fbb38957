import { SESSION_STATUS_EVENT } from '../../domain/event.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { ConditionLeaf } from '../../domain/rule-file.ts';
import { KNOWN_EVENT_TYPES } from '../../domain/vocabulary.ts';
import { findFact } from '../catalogue/facts.ts';
import { isComputed } from '../computed/rule-reads.ts';
import { allLeaves, walk } from '../load/condition-tree.ts';
import type { Finding, FindingText } from '../load/fault.ts';
import { parseOperator } from '../operators/operator-info.ts';
import { toFactReference } from './check-fact-reference.ts';
import type { RuleCheck, Trigger } from './rule-under-check.ts';

/**
 * What conditions may read goes by what the rule fires on. A hold is judged at the session's events and when it falls due,
 * and only then: what belongs to one event, or changes with time alone, would be judged at moments that mean nothing.
 */
export const checkScope: RuleCheck = ({ file, trigger, named = new Map() }) =>
  [...walk({ condition: file.conditions, path: ['conditions'] })].flatMap(({ condition, path }): Finding[] => {
    if ('fact' in condition) {
      const fault = scopeFault(condition, trigger);
      return fault === undefined ? [] : [{ path: [...path, fault.key], ...fault.text }];
    }
    if (!('condition' in condition)) return [];
    // The named condition is right in itself; that this rule uses it is what does not go together.
    for (const leaf of allLeaves(condition, named)) {
      const fault = scopeFault(leaf, trigger);
      if (fault === undefined) continue;
      const message = `in "${condition.condition}": ${fault.text.message}`;
      return [{ path: [...path, 'condition'], ...fault.text, message }];
    }
    return [];
  });

interface ScopeFault {
  key: 'fact' | 'operator' | 'value';
  text: FindingText;
}

function scopeFault(leaf: ConditionLeaf, trigger: Trigger): ScopeFault | undefined {
  if (trigger === undefined) return undefined;
  const reference = isJsonObject(leaf.value) ? toFactReference(leaf.value) : undefined;
  const byFact = placeFault(leaf.fact, leaf.path ?? '$', trigger) ?? historyFault(leaf, trigger);
  if (byFact !== undefined) return { key: 'fact', text: byFact };
  const byValue = reference === undefined ? undefined : placeFault(reference.fact, reference.path, trigger);
  if (byValue !== undefined) return { key: 'value', text: byValue };
  const operator = parseOperator(leaf.operator);
  if (trigger.kind !== 'hold' || !operator.ok || operator.info.volatile !== true) return undefined;
  const message = `a hold's conditions cannot use "${operator.name}": time alone would change the answer`;
  const remedy = 'Say how long with "for": the hold counts from when the conditions began to hold.';
  return { key: 'operator', text: { code: 'not-in-hold', message, remedy } };
}

function placeFault(fact: string, path: string, trigger: NonNullable<Trigger>): FindingText | undefined {
  if (trigger.kind === 'event') return eventFault(fact, trigger.on);
  return trigger.kind === 'hold' ? holdFault(fact, path) : scheduleFault(fact);
}

/** A tick is about the desk, a channel or an agent: no chat and no event are at hand. */
function scheduleFault(fact: string): FindingText | undefined {
  if (fact !== 'session' && fact !== 'event' && fact !== 'transition') return undefined;
  return {
    code: 'not-in-schedule',
    message: `a schedule rule cannot read "${fact}": it looks at the desk, a channel or an agent, not at one ${fact === 'session' ? 'chat' : 'event'}`,
    remedy: 'Read queue, history, channel or agent; for single chats write "for" or "on".',
  };
}

function historyFault({ fact, params }: ConditionLeaf, trigger: NonNullable<Trigger>): FindingText | undefined {
  if (fact !== 'history' || params?.['by'] !== 'session' || trigger.kind !== 'schedule') return undefined;
  const message = 'a schedule rule has no chat whose history it could count';
  return { code: 'not-in-schedule', message, remedy: 'Write "by": "channel" or "by": "assignee".' };
}

function holdFault(fact: string, path: string): FindingText | undefined {
  const definition = findFact(fact);
  if (definition === undefined || definition.scope.endsWith('templates')) return undefined;
  if (definition.inHoldConditions && !isComputed(fact, path)) return undefined;
  const message =
    definition.scope === 'moment'
      ? `a hold's conditions cannot read "${fact}": they judge a state, not a moment`
      : `a hold's conditions cannot read "${definition.inHoldConditions ? `${fact}${path.slice(1)}` : fact}": it changes without an event`;
  return { code: 'not-in-hold', message, remedy: holdRemedy(fact, path) };
}

function holdRemedy(fact: string, path: string): string {
  if (fact === 'clock')
    return 'Write "during" with a calendar of calendars.json, for hours in which the rule is to act.';
  if (isComputed(fact, path))
    return 'Look at it again and again with a rule that says "every": "1m" in place of "for".';
  return 'Read the session as it stands, such as $.status of session.';
}

/** What there is only where an event is about a chat. */
const OF_A_CHAT: readonly string[] = ['session', 'channel', 'agent', 'history'];

function eventFault(fact: string, on: readonly string[]): FindingText | undefined {
  if (fact === 'transition' && !on.includes(SESSION_STATUS_EVENT)) {
    return {
      code: 'never-there',
      message: `only ${SESSION_STATUS_EVENT} events have a transition`,
      remedy: `Add "${SESSION_STATUS_EVENT}" to "on", or read the event's own fields.`,
    };
  }
  const known: readonly string[] = KNOWN_EVENT_TYPES;
  const withoutChat = on.every((type) => known.includes(type) && !type.startsWith('IM_'));
  if (!withoutChat || !OF_A_CHAT.includes(fact)) return undefined;
  return {
    code: 'never-there',
    severity: 'warning',
    message: `events of ${on.join(', ')} belong to no chat, so "${fact}" is absent`,
    remedy: "Read the event's own fields.",
  };
}
