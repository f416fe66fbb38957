/**
 * What `PATCH /im/sessions/{id}` allows. The body is closed (agentId, botId, status); the changes of status are those of
 * Zoho's OpenAPI file: any → BLOCKED, any → ENDED, BLOCKED → OPEN, OPEN → ON_HOLD, ON_PROGRESS → ENDED, ENDED → ON_HOLD.
 * Another one is a validation error, as is an agent who cannot take the chat (undocumented; 422 is assumed).
 */

import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { SETTABLE_STATUSES } from '../../domain/vocabulary.ts';
import type { Desk, SessionChange } from './desk.ts';
import type { Assignee, DeskSession } from './desk-session.ts';
import { invalidField, ZohoRefusal, zohoErrors } from './refusals.ts';

const ALLOWED: Record<string, string[]> = { BLOCKED: ['OPEN'], OPEN: ['ON_HOLD'], ON_PROGRESS: [], ENDED: ['ON_HOLD'] };

/** `{agentId}` without a status on a chat that has an assignee: accepted here, unknown of the real desk. */
export type AssignAlone = 'accepted' | 'refused';

/** The change that a body asks for; throws the refusal when it is not allowed. */
export function readSessionPatch(
  desk: Desk,
  session: DeskSession,
  body: unknown,
  assignAlone: AssignAlone = 'accepted',
): SessionChange {
  if (!isJsonObject(body)) throw new ZohoRefusal(zohoErrors.unprocessable('The request body is not a JSON object.'));
  for (const name of Object.keys(body)) {
    if (!['agentId', 'botId', 'status'].includes(name)) throw invalidField(`/${name}`, 'An extra parameter is found.');
  }
  if (Object.keys(body).length === 0) {
    throw new ZohoRefusal({ status: 422, body: { errorCode: 'EMPTY_PAYLOAD', message: 'The request body is empty.' } });
  }
  const status = readStatus(body);
  const assignee = readAssignee(desk, session, body);
  if (status !== undefined) checkTransition(session, status, assignee);
  else if (assignee?.type === 'AGENT') checkAssignAlone(session, assignAlone);
  return {
    ...(status === undefined ? {} : { status }),
    ...(assignee === undefined ? {} : { assignee }),
  };
}

function readStatus(body: JsonObject): string | undefined {
  if (body.status === undefined) return undefined;
  const status = SETTABLE_STATUSES.find((one) => one === body.status);
  if (status === undefined) throw invalidField('/status', `Allowed values: ${SETTABLE_STATUSES.join(', ')}.`);
  return status;
}

function readAssignee(desk: Desk, session: DeskSession, body: JsonObject): Assignee | undefined {
  if (body.agentId !== undefined && body.botId !== undefined) {
    throw invalidField('/botId', 'A session has one assignee: send agentId or botId.');
  }
  if (body.agentId !== undefined) return readAgent(desk, session, toId(body.agentId, '/agentId'));
  if (body.botId !== undefined) return readBot(desk, session, toId(body.botId, '/botId'));
  return undefined;
}

/** Ids may come as strings or as integers; an integer past 2^53 has lost its digits and names nobody. */
function toId(value: unknown, fieldName: string): string {
  const id = typeof value === 'number' ? String(value) : value;
  if (typeof id !== 'string' || !/^[0-9]+$/.test(id)) throw invalidField(fieldName, 'The value is not an id.');
  return id;
}

function readAgent(desk: Desk, session: DeskSession, id: string): Assignee {
  const agent = desk.world.agents.find((one) => one.id === id);
  if (agent === undefined) throw invalidField('/agentId', 'There is no such agent.');
  const { departmentId } = desk.getChannel(session.channelId);
  if (!agent.departmentIds.includes(departmentId)) {
    throw invalidField('/agentId', 'The agent is not associated with the department of the channel.');
  }
  if (!desk.isOnline(id)) throw invalidField('/agentId', 'The agent is not available.');
  return { type: 'AGENT', id };
}

function readBot(desk: Desk, session: DeskSession, deskBotId: string): Assignee {
  const bot = desk.world.bots.find((one) => one.deskBotId === deskBotId);
  if (bot === undefined) throw invalidField('/botId', 'There is no such bot.');
  if (bot.departmentId !== desk.getChannel(session.channelId).departmentId) {
    throw invalidField('/botId', 'The bot is not associated with the department of the channel.');
  }
  return { type: 'BOT', id: bot.id };
}

function checkTransition(session: DeskSession, status: string, assignee: Assignee | undefined): void {
  const allowed = status === 'BLOCKED' || status === 'ENDED' || ALLOWED[session.status]?.includes(status) === true;
  if (!allowed) throw invalidField('/status', `The status cannot change from ${session.status} to ${status}.`);
  if (status === 'ON_HOLD' && session.assignee === undefined && assignee === undefined) {
    throw invalidField('/agentId', 'An unassigned session is put on hold together with its agent.', 'missing');
  }
}

function checkAssignAlone(session: DeskSession, assignAlone: AssignAlone): void {
  if (session.status === 'OPEN' && session.assignee === undefined) {
    throw invalidField('/status', 'Send status ON_HOLD with agentId to assign an open session.', 'missing');
  }
  if (['ENDED', 'BLOCKED', 'MISSED', 'CREATED'].includes(session.status)) {
    throw invalidField('/agentId', `A session that is ${session.status} cannot be assigned.`);
  }
  if (assignAlone === 'refused') throw invalidField('/status', 'The status is missing.', 'missing');
}
