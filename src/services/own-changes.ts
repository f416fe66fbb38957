import { findAgentId } from '../domain/directory.ts';
import { SESSION_STATUS_EVENT } from '../domain/event.ts';
import type { Directory } from '../domain/rule.ts';
import type { OwnChange } from '../engine/own-changes.ts';
import type { Db } from '../store/database.ts';
import { type ChangeAttempt, loadChangeAttempts } from '../store/own-changes.ts';
import type { SubjectKey, WaitingEvent } from '../store/subjects.ts';

/** Attempts that began so long before or after a status event are looked at; the engine knows the exact window. */
const WINDOW_MS = 300_000;

/**
 * What actions of ours have changed in the chats of some waiting status events, by session id: one statement for a batch.
 * @param directory completed by what Zoho told, so that a ZUID can be compared with a Desk agent id
 */
export async function loadOwnChanges(
  tx: Db,
  waiting: readonly WaitingEvent[],
  directory: Directory,
): Promise<Map<string, OwnChange[]>> {
  const events = waiting.map(({ event }) => event).filter(({ type }) => type === SESSION_STATUS_EVENT);
  if (events.length === 0) return new Map();
  const keys: SubjectKey[] = [
    ...new Map(events.map(({ orgId, subject }) => [`${orgId}\n${subject}`, { orgId, subject }])).values(),
  ];
  const from = events.reduce((least, { at }) => Math.min(least, at), Number.POSITIVE_INFINITY) - WINDOW_MS;
  const to = events.reduce((most, { at }) => Math.max(most, at), 0) + WINDOW_MS;
  const attempts = await loadChangeAttempts(tx, keys, { from, to });
  const changes = new Map<string, OwnChange[]>();
  for (const attempt of attempts) {
    const change = toOwnChange(attempt, directory);
    if (change === undefined) continue;
    const name = `${attempt.orgId}\n${attempt.sessionId}`;
    changes.set(name, [...(changes.get(name) ?? []), change]);
  }
  return changes;
}

/** Undefined for one that shows nothing by which an event could be recognised. */
export function toOwnChange(attempt: ChangeAttempt, directory: Directory): OwnChange | undefined {
  const { actionId, startedAt, params, result, expected } = attempt;
  if (attempt.type === 'zoho.setSessionStatus') {
    const status = textOf(result?.['status']) ?? literalOf(params['status'])?.toUpperCase();
    return status === undefined ? undefined : { kind: 'status', actionId, startedAt, status };
  }
  const agentId = textOf(result?.['agentId']) ?? wantedAgent(params['agentId'], directory);
  const assignees = agentId === undefined ? botIds(result?.['botId']) : [agentId, ...zuidsOf(agentId, directory)];
  const change: OwnChange = { kind: 'assign', actionId, startedAt, assignees, complete: assignees.length > 1 };
  return expected?.assigneeId === undefined ? change : { ...change, from: expected.assigneeId };
}

/** Events name a bot by another id than the one that it is assigned by. */
function botIds(botId: unknown): string[] {
  const id = textOf(botId);
  return id === undefined ? [] : [id];
}

function wantedAgent(written: unknown, directory: Directory): string | undefined {
  const literal = literalOf(written);
  return literal === undefined ? undefined : findAgentId(directory, literal);
}

function zuidsOf(agentId: string, { agents, agentIdByZuid }: Directory): string[] {
  const own = agents.get(agentId)?.zuid;
  const known = [...agentIdByZuid].flatMap(([zuid, id]) => (id === agentId ? [zuid] : []));
  return [...new Set([...(own === undefined ? [] : [own]), ...known])];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** What a rule writes without a template: known before it was delivered. */
function literalOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined || /\{[{%]/.test(text) ? undefined : text;
}
