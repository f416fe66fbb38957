import { type ComputedKey, computedName, type HistoryKey } from '../../domain/computed.ts';
import { MESSAGE_ADD_EVENT, SESSION_STATUS_EVENT } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Rule } from '../../domain/rule.ts';
import type { Draft } from '../draft.ts';
import type { Facts } from '../facts.ts';
import { aboutOf } from './about.ts';
import { keysOfRule } from './keys-of-rule.ts';

/** The facts of one evaluation with those that were computed for it. */
export interface WithComputed {
  facts: Facts;
  /** Queues and histories by the names that the evaluation has for them. */
  runtime: ReadonlyMap<string, JsonObject>;
}

const NOTHING: ReadonlyMap<string, JsonObject> = new Map();

/**
 * Adds what the rule's conditions read of computed facts. `at` is the moment being judged; `now` the moment of the desk
 * as it stands. Undefined, and noted as needed, when some of it has not been loaded.
 */
export function gatherComputed(
  draft: Draft,
  rule: Pick<Rule, 'id'>,
  facts: Facts,
  { at, now }: { at: number; now: number },
): WithComputed | undefined {
  const reads = draft.ruleset.reads.get(rule.id);
  if (reads === undefined || !(reads.agent || reads.channel || reads.computed.length > 0)) {
    return { facts, runtime: NOTHING };
  }
  const { directory } = draft.ruleset;
  const { channels, computed = NOTHING } = draft.known;
  const { byRead, agent, channel } = keysOfRule(reads, { at, now, ...aboutOf(draft), directory, channels });
  const keys = [...byRead.map(({ key }) => key), agent, channel].filter((key) => key !== undefined);
  const missing = keys.filter((key) => !computed.has(computedName(key)));
  if (missing.length > 0) {
    draft.needs.computed.push(...missing);
    return undefined;
  }
  const loaded = (key: ComputedKey | undefined) => (key === undefined ? undefined : computed.get(computedName(key)));
  const gathered: Facts = { ...facts };
  const runtime = new Map<string, JsonObject>();
  for (const { read, key } of byRead) {
    const stored = loaded(key);
    const value = key?.kind === 'history' && stored !== undefined ? withOwn(stored, key, draft) : stored;
    if (value === undefined) continue;
    runtime.set(read.name, value);
    if (read === reads.computed.find(({ fact }) => fact === read.fact)) gathered[read.fact] = value;
  }
  if (agent !== undefined) gathered.agent = { ...facts.agent, ...loaded(agent) };
  if (channel !== undefined) gathered.channel = { ...facts.channel, ...loaded(channel) };
  return { facts: gathered, runtime };
}

/** What this very judging has added to the ledger is not in the store yet. (Events are: they are stored when they come.) */
function withOwn(stored: JsonObject, key: HistoryKey, { effects }: Draft): JsonObject {
  const isWithin = (at: number) => at > key.at - key.withinMs && at <= key.at;
  let own = 0;
  if (key.status !== undefined || key.event === SESSION_STATUS_EVENT) {
    own = effects.transitions.filter((entry) => {
      const id = { session: entry.sessionId, channel: entry.channelId, assignee: entry.assigneeId }[key.by];
      const counts = key.status === undefined || (entry.to === key.status && entry.from !== key.status);
      return id === key.id && counts && isWithin(entry.at);
    }).length;
  } else if (key.event === MESSAGE_ADD_EVENT) {
    own = effects.messages.filter((entry) => {
      const id = key.by === 'session' ? entry.sessionId : entry.channelId;
      return id === key.id && isWithin(entry.at);
    }).length;
  }
  const { count } = stored;
  return own === 0 ? stored : { ...stored, count: (typeof count === 'number' ? count : 0) + own };
}
