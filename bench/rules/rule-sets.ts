import { type CompiledRuleset, compileRuleset } from '../../src/engine/compile.ts';
import { loadRuleset } from '../../src/engine/load/load-ruleset.ts';

/**
 * Rulesets for measuring, loaded from texts as an admin writes them. Each has five rules that can match the event of
 * `measure.ts`; all others want another channel, other agents, or another change of status.
 */
export const CAN_MATCH = 5;
/** Of these, so many match it. */
export const MATCH = 3;
/** The chat that is judged. */
export const CHAT = { channelId: '70000', assigneeId: '80000', from: 'ON_PROGRESS', to: 'ON_HOLD' } as const;

export function loadTexts(files: Record<string, unknown>): CompiledRuleset {
  const texts = Object.entries(files).map(([name, content]): [string, string] => [name, JSON.stringify(content)]);
  const loaded = loadRuleset(new Map(texts));
  if (loaded.ok) return compileRuleset(loaded.ruleset);
  throw new Error(loaded.faults.map(({ file, message }) => `${file}: ${message}`).join('\n'));
}

/** What `count` event rules want, at least five: each all of its leaves. */
export function eventConditions(count: number): Leaf[][] {
  return Array.from({ length: count }, (_, index) =>
    index < CAN_MATCH ? matching(index) : (OTHERS[index % OTHERS.length] ?? otherChannel)(index),
  );
}

/** Rules with these conditions, loaded and compiled as a server does. */
export function eventRules(conditions: readonly Leaf[][]): CompiledRuleset {
  const files: Record<string, unknown> = {};
  for (const [index, all] of conditions.entries()) {
    files[`rule-${String(index).padStart(5, '0')}.rule.json`] = {
      name: `Rule ${index}`,
      on: ['IM_Session_Status'],
      conditions: { all },
      actions: [{ type: 'dashboard.update', params: { tile: `Tile ${index}`, add: 1 } }],
    };
  }
  return loadTexts(files);
}

export interface Leaf {
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
  return [equal('event', '$.channelId', CHAT.channelId), onHold, { ...messages, value: index < MATCH ? 1 : 1_000 }];
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
