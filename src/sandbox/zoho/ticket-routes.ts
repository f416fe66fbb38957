/** `/tickets`: the ticket of a chat, its fields and comments. A comment is added by every POST: nothing is idempotent. */
import type { Context, Hono } from 'hono';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { StandInEnv } from '../http/stand-in-app.ts';
import type { DeskSession, DeskTicket } from './desk-session.ts';
import { readQuery } from './query.ts';
import { invalidField, ZohoRefusal, zohoErrors } from './refusals.ts';
import { type RouteDeps, readBody } from './route-deps.ts';
import { isoTime } from './session-json.ts';
import { ticketSummary, toTicketJson } from './ticket-json.ts';

/** What a ticket's PATCH takes (the commonly used part of Zoho's list). */
const TICKET_FIELDS = [
  'subject',
  'description',
  'departmentId',
  'contactId',
  'assigneeId',
  'teamId',
  'status',
  'priority',
  'category',
  'subCategory',
  'classification',
  'channel',
  'dueDate',
  'email',
  'phone',
  'language',
  'productId',
  'resolution',
  'cf',
];
const MAX_COMMENT = 32_000;

export function addTicketRoutes(app: Hono<StandInEnv>, { clock, desk, baseUrl }: RouteDeps): void {
  const find = (c: Context): { ticket: DeskTicket; session: DeskSession } => {
    const found = desk.findTicket(c.req.param('id') ?? '');
    if (found === undefined) throw new ZohoRefusal(zohoErrors.notFound());
    return found;
  };

  app.get('/api/v1/tickets/:id', (c) => {
    readQuery(c, ['include']);
    return c.json(toTicketJson(desk, find(c).session, baseUrl()));
  });

  app.patch('/api/v1/tickets/:id', async (c) => {
    const { ticket, session } = find(c);
    const body = await readBody(c.req.text());
    if (!isJsonObject(body)) throw new ZohoRefusal(zohoErrors.unprocessable('The request body is not a JSON object.'));
    for (const name of Object.keys(body)) {
      if (!TICKET_FIELDS.includes(name)) throw invalidField(`/${name}`, 'An extra parameter is found.');
    }
    const { assigneeId } = body;
    if (typeof assigneeId === 'string' && !desk.world.agents.some((agent) => agent.id === assigneeId)) {
      throw invalidField('/assigneeId', 'There is no such agent.');
    }
    const before = ticketSummary(desk, session);
    Object.assign(ticket.fields, body);
    ticket.modifiedAt = clock.now();
    desk.emit(
      {
        payload: ticketSummary(desk, session),
        prevState: before,
        eventTime: String(ticket.modifiedAt),
        eventType: 'Ticket_Update',
        orgId: desk.world.orgId,
      },
      'api',
    );
    return c.json(toTicketJson(desk, session, baseUrl()));
  });

  app.get('/api/v1/tickets/:id/comments', (c) => {
    const { ticket } = find(c);
    if (ticket.comments.length === 0) return c.body(null, 204);
    return c.json({ data: ticket.comments.map((comment) => toCommentJson(comment, desk.world.tokenAgentId)) });
  });

  app.post('/api/v1/tickets/:id/comments', async (c) => {
    const { ticket } = find(c);
    const body = await readBody(c.req.text());
    const comment = readComment(body, `${ticket.id}${ticket.comments.length + 1}`, clock.now());
    ticket.comments.push(comment);
    return c.json(toCommentJson(comment, desk.world.tokenAgentId));
  });
}

function readComment(body: unknown, id: string, at: number): DeskTicket['comments'][number] {
  if (!isJsonObject(body)) throw new ZohoRefusal(zohoErrors.unprocessable('The request body is not a JSON object.'));
  const { content, isPublic = true, contentType = 'plainText', ...extra } = body;
  const unknown = Object.keys(extra)[0];
  if (unknown !== undefined) throw invalidField(`/${unknown}`, 'An extra parameter is found.');
  if (typeof content !== 'string' || content === '' || content.length > MAX_COMMENT) {
    throw invalidField('/content', '1 to 32000 characters.');
  }
  if (typeof isPublic !== 'boolean') throw invalidField('/isPublic', 'The value is not a boolean.');
  if (contentType !== 'plainText' && contentType !== 'html') throw invalidField('/contentType', 'plainText or html.');
  return { id, content, isPublic, contentType, at };
}

function toCommentJson(comment: DeskTicket['comments'][number], commenterId: string): JsonObject {
  const { id, content, isPublic, contentType, at } = comment;
  return { id, content, isPublic, contentType, commentedTime: isoTime(at), modifiedTime: null, commenterId };
}
