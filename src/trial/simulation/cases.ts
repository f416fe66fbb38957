import type { CompiledRuleset } from '../../engine/compile.ts';
import { ASSIGNEES, REPLIES, TRANSITIONS, UNKNOWN } from './dimensions.ts';
import { comparisonsOf, distinguish } from './named-values.ts';
import { type Setting, toSettings } from './settings.ts';
import { VARIANTS, type Variant } from './timeline.ts';

/** One chat that is tried: it is in `from`, and goes over to `to` with this reply status. */
export interface SimulationCase {
  from: string;
  to: string;
  reply: string;
  assignee: string;
  setting: Setting;
}

export interface PlannedCase {
  one: SimulationCase;
  /** Ways of arrival that are tried beside the plain one. */
  variants: readonly Variant[];
}

/** What is tried, as data: countable before anything runs. */
export interface Plan {
  cases: PlannedCase[];
  settings: readonly Setting[];
  /** For each reply status that is tried in the usual setting, itself and those that the rules do not tell from it. */
  replies: ReadonlyMap<string, readonly string[]>;
}

/**
 * Every status and every status after it, with every reply status and every kind of assignee. Other channels, other
 * times and other ways of arrival are tried with those reply statuses that the rules tell apart.
 * @param quick only with those reply statuses, and other ways of arrival only for chats of an agent that can be answered
 */
export function planCases(ruleset: CompiledRuleset, start: number, quick: boolean): Plan {
  const named = new Map(Object.entries(ruleset.conditions));
  const comparisons = [...ruleset.active.values()].flatMap((rule) => comparisonsOf(rule, named));
  const settings = toSettings(ruleset, comparisons, start);
  const told = distinguish(
    REPLIES.filter((reply) => reply !== UNKNOWN),
    comparisons.filter(({ field }) => field === 'session.replyStatus'),
  );
  // What nobody knows is judged in its own way (onUnknown).
  const few = new Map([...told, [UNKNOWN, [UNKNOWN]]]);
  const [usual] = settings;
  const cases = settings.flatMap((setting) =>
    TRANSITIONS.flatMap(({ from, to }) =>
      (setting === usual && !quick ? REPLIES : [...few.keys()]).flatMap((reply) =>
        ASSIGNEES.map((assignee): PlannedCase => {
          const varies =
            setting === usual && few.has(reply) && (!quick || (assignee === 'AGENT' && reply === 'ACCEPTED'));
          return { one: { from, to, reply, assignee, setting }, variants: varies ? VARIANTS : [] };
        }),
      ),
    ),
  );
  const replies = quick ? few : new Map(REPLIES.map((reply) => [reply, [reply]]));
  return { cases, settings, replies };
}
