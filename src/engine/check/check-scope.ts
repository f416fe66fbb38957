import { SESSION_STATUS_EVENT } from '../../domain/event.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { ConditionLeaf } from '../../domain/rule-file.ts';
import { KNOWN_EVENT_TYPES } from '../../domain/vocabulary.ts';
import { findFact } from '../catalogue/facts.ts';
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
  const valueFact = isJsonObject(leaf.value) ? toFactReference(leaf.value)?.fact : undefined;
  const judge = trigger.kind === 'hold' ? holdFault : (fact: string) => eventFault(fact, trigger.on);
  const byFact = judge(leaf.fact);
  if (byFact !== undefined) return { key: 'fact', text: byFact };
  const byValue = valueFact === undefined ? undefined : judge(valueFact);
  if (byValue !== undefined) return { key: 'value', text: byValue };
  const operator = parseOperator(leaf.operator);
  if (trigger.kind !== 'hold' || !operator.ok || operator.info.volatile !== true) return undefined;
  const message = `a hold's conditions cannot use "${operator.name}": time alone would change the answer`;
  const remedy = 'Say how long with "for": the hold counts from when the conditions began to hold.';
  return { key: 'operator', text: { code: 'not-in-hold', message, remedy } };
}

function holdFault(fact: string): FindingText | undefined {
  const definition = findFact(fact);
  if (definition === undefined || definition.inHoldConditions || definition.scope.endsWith('templates'))
    return undefined;
  const message =
    definition.scope === 'moment'
      ? `a hold's conditions cannot read "${fact}": they judge a state, not a moment`
      : `a hold's conditions cannot read "${fact}": it changes without an event`;
  return { code: 'not-in-hold', message, remedy: 'Read the session as it stands, such as $.status of session.' };
}

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
  if (!withoutChat || (fact !== 'session' && fact !== 'channel')) return undefined;
  return {
    code: 'never-there',
    severity: 'warning',
    message: `events of ${on.join(', ')} belong to no chat, so "${fact}" is absent`,
    remedy: "Read the event's own fields.",
  };
}
