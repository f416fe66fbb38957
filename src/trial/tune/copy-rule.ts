import type { Rule } from '../../domain/rule.ts';
import { type CompiledRuleset, compileRuleset } from '../../engine/compile.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';

/**
 * Copies of a rule that differ in its times, each in a world of its own: with copies of all that can keep it from firing,
 * which are the rules of its exclusive group and those of `inhibitedBy`, and theirs in turn. So all copies are judged side
 * by side, by one run through the events, and none has to do with another.
 */
export interface Variant {
  /** Tells the copies apart; unique. */
  name: string;
  /** Undefined: as the rule has it. */
  forMs?: number;
  /** Delays of steps after the firing, in order; undefined: as the rule has them. */
  stepsMs?: readonly number[];
  /** It is never to fire, so nothing can keep it from that. */
  alone?: boolean;
}

export interface Copies {
  ruleset: CompiledRuleset;
  /** The id of the copy of the rule itself, by the name of the variant. */
  idOf(name: string): string;
}

export function copyRule(ruleset: Ruleset, rule: Rule, variants: readonly Variant[]): Copies {
  const world = worldOf(ruleset, rule);
  const rules = variants.flatMap((variant) => {
    const here = (id: string) => copyId(id, variant.name);
    return (variant.alone ? [rule] : world).map((one): Rule => {
      const copy: Rule = { ...one, id: here(one.id), inhibitedBy: variant.alone ? [] : one.inhibitedBy.map(here) };
      if (one.exclusive !== undefined) copy.exclusive = `${one.exclusive} ${variant.name}`;
      // Where the rule itself is only planned, the question is what it would do.
      return one === rule ? { ...vary(copy, variant), mode: 'live' } : copy;
    });
  });
  return {
    ruleset: compileRuleset({ ...ruleset, rules }),
    idOf: (name) => copyId(rule.id, name),
  };
}

/** A blank is in no id, and before all that ids are made of: rules of one priority keep their order. */
function copyId(id: string, name: string): string {
  return `${id} ${name}`;
}

function vary(rule: Rule, { forMs, stepsMs }: Variant): Rule {
  const trigger = rule.trigger.kind === 'hold' && forMs !== undefined ? { ...rule.trigger, forMs } : rule.trigger;
  const steps = stepsMs?.map((afterMs) => ({ afterMs, unless: 'never' as const, actions: [] })) ?? rule.steps;
  return { ...rule, trigger, steps };
}

/** The rule and all that can, directly or through others, keep it from firing. */
function worldOf({ rules }: Ruleset, rule: Rule): Rule[] {
  const byId = new Map(rules.map((one) => [one.id, one]));
  const world = new Set([rule]);
  for (const { exclusive, inhibitedBy } of world) {
    const rivals = exclusive === undefined ? [] : rules.filter((one) => one.exclusive === exclusive);
    for (const one of [...rivals, ...inhibitedBy.flatMap((id) => byId.get(id) ?? [])]) world.add(one);
  }
  return [...world];
}
