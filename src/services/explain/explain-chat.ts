import { AppError } from '../../domain/errors.ts';
import type { Explanation } from '../../engine/explain/explanation.ts';
import { loadSessionHistory } from '../../store/read/session-history.ts';
import { assertExplainable, atOnce, type ExplainDeps, explainReplayed } from './explain-rule.ts';
import { replaySession } from './replay-session.ts';
import { loadStoredWorld } from './stored-world.ts';

/** What every rule made of a chat, by judging it again once: a page shows them side by side. */
export interface ChatExplanations {
  /** Of the rules in force at that moment, in the order of their ids. */
  rules: Explanation[];
  /** There are more rules than are explained at once. */
  more: boolean;
  /** The rule that was asked about; absent when none was. */
  chosen?: Explanation;
}

export interface ExplainChatRequest {
  sessionId: string;
  /** Epoch ms; default: now. */
  at?: number | undefined;
  ruleId?: string | undefined;
  /** The decision of that rule to explain: its id. */
  decisionId?: number | undefined;
}

/** Each costs a millisecond or so. */
const MOST_RULES = 100;

/**
 * @returns undefined for a chat that nobody knows
 * @throws AppError not_found for a rule that nobody knows, bad_request for a moment before the chat's first event, conflict
 * for a chat that is too long to be judged again
 */
export function explainChat(
  deps: ExplainDeps,
  orgId: string,
  request: ExplainChatRequest,
): Promise<ChatExplanations | undefined> {
  const { inTurn = atOnce } = deps;
  return inTurn(() => explainRules(deps, orgId, request));
}

async function explainRules(
  deps: ExplainDeps,
  orgId: string,
  { sessionId, at = deps.clock.now(), ruleId, decisionId }: ExplainChatRequest,
): Promise<ChatExplanations | undefined> {
  const history = await loadSessionHistory(deps.db, orgId, sessionId);
  if (history === undefined) return undefined;
  assertExplainable(history, at);
  const world = await loadStoredWorld(deps, orgId);
  const replayed = await replaySession(history, world, at);
  const directory = deps.directory?.();
  const explain = (id: string, decision?: number) =>
    explainReplayed(history, world, replayed, { sessionId, at, ruleId: id, decisionId: decision }, directory);
  const chosen = ruleId === undefined ? undefined : await explain(ruleId, decisionId);
  const ids = (replayed.looks.at(-1)?.ruleset.rules ?? []).map(({ id }) => id);
  const rules: Explanation[] = [];
  for (const id of ids.slice(0, MOST_RULES)) {
    // Sockets and timers get their turn too.
    await new Promise((resolve) => setTimeout(resolve, 0));
    rules.push(id === ruleId && chosen !== undefined && decisionId === undefined ? chosen : await explain(id));
  }
  return { rules, more: ids.length > MOST_RULES, ...(chosen === undefined ? {} : { chosen }) };
}

/** Why a chat cannot be explained, as something that can be said in any language. */
export type ExplainTrouble = 'noRule' | 'tooEarly' | 'tooLong';

/** Undefined for what is no trouble of the question. */
export function toTrouble(error: unknown): ExplainTrouble | undefined {
  if (!(error instanceof AppError)) return undefined;
  const troubles: Partial<Record<AppError['code'], ExplainTrouble>> = {
    not_found: 'noRule',
    bad_request: 'tooEarly',
    conflict: 'tooLong',
  };
  return troubles[error.code];
}
