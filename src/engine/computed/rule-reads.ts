import { canonicalJson, isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { Condition, ConditionLeaf } from '../../domain/rule-file.ts';
import { findField } from '../catalogue/find-field.ts';
import { type ParamFact, takesParams } from '../catalogue/params.ts';
import { parsePath } from '../catalogue/path.ts';
import { allLeaves, type NamedConditions } from '../load/condition-tree.ts';

/** What a rule's conditions read of computed facts. Found once, when the rule is loaded. */
export interface RuleReads {
  /** Its queues and histories, each once, in the order of the file: the first of a name is what templates read. */
  computed: readonly ComputedRead[];
  /** Whether they read the agent. */
  agent: boolean;
  /** Whether they read if the agent is online, which costs calls of Zoho Desk. */
  online: boolean;
  /** Whether they read fields of the channel that are computed. */
  channel: boolean;
  /** What a schedule rule is judged for: each channel, each agent, or the desk as a whole. */
  subject: 'desk' | 'channel' | 'agent';
}

export interface ComputedRead {
  /** Under which name the evaluation has it. */
  name: string;
  fact: ParamFact;
  params: NonNullable<ConditionLeaf['params']>;
}

export function readsOf(condition: Condition, named: NamedConditions): RuleReads {
  const computed = new Map<string, ComputedRead>();
  let [agent, online, channel, ofChannel, ofAgent] = [false, false, false, false, false];
  for (const leaf of allLeaves(condition, named)) {
    if (takesParams(leaf.fact)) {
      const { params = {} } = leaf;
      const name = runtimeName(leaf.fact, params);
      computed.set(name, { name, fact: leaf.fact, params });
      ofChannel ||= params['by'] === 'channel';
      ofAgent ||= params['by'] === 'assignee';
    }
    for (const { fact, path } of placesRead(leaf)) {
      agent ||= fact === 'agent';
      online ||= fact === 'agent' && path === '$.online';
      ofChannel ||= fact === 'channel';
      channel ||= fact === 'channel' && isComputed(fact, path);
    }
  }
  const subject = ofChannel ? 'channel' : agent || ofAgent ? 'agent' : 'desk';
  return { computed: [...computed.values()], agent, online, channel, subject };
}

/** The facts that a comparison reads: its own, and that of its value where the value is another fact's. */
export function placesRead({ fact, path = '$', value }: ConditionLeaf): { fact: string; path: string }[] {
  const own = { fact, path };
  if (!isJsonObject(value) || typeof value['fact'] !== 'string') return [own];
  return [own, { fact: value['fact'], path: typeof value['path'] === 'string' ? value['path'] : '$' }];
}

/** Whether a field, or one that it is part of, is computed from the store. The whole of a fact is not one of them. */
export function isComputed(fact: string, path: string): boolean {
  const parsed = parsePath(path);
  if (!parsed.ok) return false;
  return parsed.segments.some((_, index) => {
    const lookup = findField(fact, parsed.segments.slice(0, index + 1));
    return lookup.kind === 'field' && lookup.field.computed === true;
  });
}

/** Under which name an evaluation has it: each set of params makes a fact of its own. */
export function runtimeName(fact: ParamFact, params: NonNullable<ConditionLeaf['params']>): string {
  const plain: JsonObject = { ...params };
  return `${fact} ${canonicalJson(plain)}`;
}
