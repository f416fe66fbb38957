import type { ComputedKey } from '../../domain/computed.ts';
import { MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import { BLANK } from '../../domain/personal.ts';
import type { Rule } from '../../domain/rule.ts';
import type { LedgerEntry } from '../../domain/session.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import { watchEvaluator } from '../../engine/evaluate.ts';
import type { Look } from '../../engine/explain/facts-of-look.ts';
import { valueAt } from '../../engine/facts.ts';
import { allLeaves } from '../../engine/load/condition-tree.ts';
import type { StoredEvent } from '../../engine/subject-state.ts';
import type { StoredDecision } from '../../store/read/session-history.ts';

/** What judging knew at a past moment, where that can be told, and who answers where it cannot. */

/** How often something happened to this chat; undefined for what is counted of others too. */
export function countOfSession(
  key: ComputedKey,
  ledger: readonly LedgerEntry[],
  events: ReadonlyMap<string, StoredEvent>,
): JsonObject | undefined {
  if (key.kind !== 'history' || key.by !== 'session') return undefined;
  const { at, withinMs, status, event } = key;
  const isWithin = (moment: number) => moment > at - withinMs && moment <= at;
  if (status === undefined && event !== SESSION_STATUS_EVENT && event !== MESSAGE_ADD_EVENT) {
    return { count: [...events.values()].filter(({ event: one }) => one.type === event && isWithin(one.at)).length };
  }
  const kind = event === MESSAGE_ADD_EVENT ? 'message' : 'transition';
  const count = ledger.filter(
    (item) =>
      item.kind === kind &&
      isWithin(item.entry.at) &&
      (status === undefined || (item.kind === 'transition' && item.entry.to === status && item.entry.from !== status)),
  ).length;
  return { count };
}

/**
 * The ruleset for judging a look again. The conditions of event rules that read what is not kept (personal values, what was
 * computed of other chats) are answered by the decision that was recorded: a rule that recorded none had not matched.
 */
export function fromRecord(
  ruleset: CompiledRuleset,
  { look, recorded, isEventRemoved }: { look: Look; recorded: readonly StoredDecision[]; isEventRemoved: boolean },
): CompiledRuleset {
  if (look.kind !== 'event') return ruleset;
  const { evaluator } = ruleset;
  return {
    ...ruleset,
    evaluator: watchEvaluator(evaluator, (evaluation, rule, facts) => {
      if (rule.trigger.kind !== 'event' || !readsWhatIsLost(rule, ruleset, facts.event, isEventRemoved)) {
        return evaluation;
      }
      const own = recorded.find(({ ruleId, trace }) => ruleId === rule.id && trace !== undefined);
      if (own?.trace !== undefined) return { ok: true, result: own.trace.result === true, trace: own.trace };
      const fault = recorded.find(({ ruleId, outcome }) => ruleId === rule.id && outcome === 'error');
      if (fault !== undefined) return { ok: false, reason: fault.reason };
      return evaluation.ok ? { ok: true, result: false, trace: evaluation.trace } : evaluation;
    }),
  };
}

function readsWhatIsLost(
  rule: Rule,
  { reads, conditions }: CompiledRuleset,
  event: JsonObject | undefined,
  isEventRemoved: boolean,
): boolean {
  const { agent = false, channel = false, computed = [] } = reads.get(rule.id) ?? {};
  if (agent || channel || computed.some(({ fact, params }) => fact === 'queue' || params['by'] !== 'session'))
    return true;
  return [...allLeaves(rule.conditions, new Map(Object.entries(conditions)))].some(({ fact, path = '$' }) => {
    if (fact !== 'event') return false;
    const value = valueAt(event, path);
    return value === undefined ? isEventRemoved : JSON.stringify(value).includes(BLANK);
  });
}
