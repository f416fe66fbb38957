import { type CompiledRuleset, compileRuleset } from '../src/engine/compile.ts';
import { loadRuleset } from '../src/engine/load/load-ruleset.ts';

/**
 * Rulesets for measuring, loaded from texts as an admin writes them. Each has five rules that can match the event of
 * `bench/rules.ts`; all others want another channel, other agents, or another change of status.
 */
export const CAN_MATCH = 5;
/** The chat that is judged. */
export const CHAT = { channelId: '70000', assigneeId: '80000', from: 'ON_PROGRESS', to: 'ON_HOLD' } as const;

export function loadTexts(files: Record<string, unknown>): CompiledRuleset {
  const texts = Object.entries(files).map(([name, content]): [string, string] => [name, JSON.stringify(content)]);
  const loaded = loadRuleset(new Map(texts));
  if (loaded.ok) return compileRuleset(loaded.ruleset);
  throw new Error(loaded.faults.map(({ file, message }) => `${file}: ${message}`).join('\n'));
}

/** `count` event rules, at least five. */
export function eventRules(count: number): CompiledRuleset {
  const files: Record<string, unknown> = {};
  for (let index = 0; index < count; index += 1) {
    const all = index < CAN_MATCH ? matching(index) : (OTHERS[index % OTHERS.length] ?? otherChannel)(index);
    files[`rule-${String(index).padStart(5, '0')}.rule.json`] = {
      name: `Rule ${index}`,
      on: ['IM_Session_Status'],
      conditions: { all },
      actions: [{ type: 'dashboard.update', params: { tile: `Tile ${index}`, add: 1 } }],
    };
  }
  return loadTexts(files);
}

interface Leaf {
  fact: string;
  path: string;
  operator: string;
  value: unknown;
}

const equal = (fact: string, path: string, value: unknown): Leaf => ({ fact, path, operator: 'equal', value });
const onHold = equal('transition', '$.to', CHAT.to);

function matching(index: number): Leaf[] {
  // Three of the five match; two pass the index and are turned down by their last condition.
  const messages = { fact: 'session', path: '$.messagesCount', operator: 'greaterThanInclusive' };
  return [equal('event', '$.channelId', CHAT.channelId), onHold, { ...messages, value: index < 3 ? 1 : 1_000 }];
}

function otherChannel(index: number): Leaf[] {
  return [equal('event', '$.channelId', String(700_000 + index)), onHold];
}

function otherAgents(index: number): Leaf[] {
  const value = [0, 1, 2].map((n) => String(800_000 + index + n));
  return [{ fact: 'session', path: '$.assigneeId', operator: 'in', value }, onHold];
}

function otherChange(index: number): Leaf[] {
  return [equal('transition', '$.to', 'ENDED'), equal('event', '$.integration', 'TELEGRAM'), otherSize(index)];
}

function otherSize(index: number): Leaf {
  return { fact: 'session', path: '$.messagesCount', operator: 'greaterThan', value: index };
}

const OTHERS = [otherChannel, otherAgents, otherChannel, otherChange];
