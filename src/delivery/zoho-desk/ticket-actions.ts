import * as z from 'zod';
import type { Delivery, DeliveryOutcome } from '../../domain/action.ts';
import { cutText } from '../cut-text.ts';
import { optionalName, readParams, requiredText } from '../rendered-params.ts';
import type { DeskNames } from './desk-names.ts';
import { verifySession } from './verify-session.ts';
import type { ZohoClient } from './zoho-client.ts';
import { toZohoOutcome } from './zoho-outcome.ts';
import type { ZohoSession } from './zoho-records.ts';

/** zoho.updateTicket and zoho.commentTicket, on the ticket of the session. */
interface TicketDeps {
  client: ZohoClient;
  names: DeskNames;
}

const updateSchema = z.object({
  assigneeId: optionalName,
  teamId: optionalName,
  status: optionalName,
  priority: optionalName,
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});

const commentSchema = z.object({ text: requiredText, public: z.boolean().optional() });

/** Zoho's limit for a comment. */
const MAX_COMMENT_LENGTH = 32_000;

export async function updateTicket(
  delivery: Delivery,
  deps: TicketDeps,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const read = readParams(updateSchema, delivery.params);
  if (!read.ok) return { kind: 'refused', reason: read.reason };
  const { assigneeId, teamId, status, priority, fields = {} } = read.params;
  const assignee = assigneeId === undefined ? undefined : await deps.names.agentId(assigneeId, signal);
  if (assignee !== undefined && !assignee.ok) return toZohoOutcome(assignee, signal);
  if (assignee !== undefined && assignee.value === undefined) {
    return { kind: 'refused', reason: 'assigneeId names no agent that the directory or Zoho Desk knows' };
  }
  const change = {
    ...toFields(fields),
    ...(assignee === undefined ? {} : { assigneeId: assignee.value }),
    ...(teamId === undefined ? {} : { teamId }),
    ...(status === undefined ? {} : { status }),
    ...(priority === undefined ? {} : { priority }),
  };
  if (Object.keys(change).length === 0) return { kind: 'refused', reason: 'nothing to change: every param is empty' };
  const found = await findTicket(delivery, deps, signal);
  if ('outcome' in found) return found.outcome;
  const changed = await deps.client.patchTicket(found.ticketId, change, signal);
  if (!changed.ok) return toZohoOutcome(changed, signal);
  return { kind: 'delivered', result: { ticketId: found.ticketId } };
}

/** A comment is added by every call, so a lost answer is `uncertain`, and by default it is not repeated. */
export async function commentTicket(
  delivery: Delivery,
  deps: TicketDeps,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const read = readParams(commentSchema, delivery.params);
  if (!read.ok) return { kind: 'refused', reason: read.reason };
  const found = await findTicket(delivery, deps, signal);
  if ('outcome' in found) return found.outcome;
  const comment = { content: cutText(read.params.text, MAX_COMMENT_LENGTH), isPublic: read.params.public ?? false };
  const added = await deps.client.commentTicket(found.ticketId, comment, signal);
  if (!added.ok) return toZohoOutcome(added, signal);
  const commentId = added.value.id === undefined ? {} : { commentId: added.value.id };
  return { kind: 'delivered', result: { ticketId: found.ticketId, ...commentId } };
}

/** The ticket that the session names, else the newest of its tickets. */
async function findTicket(
  delivery: Delivery,
  deps: TicketDeps,
  signal: AbortSignal,
): Promise<{ ticketId: string } | { outcome: DeliveryOutcome }> {
  // Both may be repeated or are left to the rule: nothing of the session shows whether they were done.
  const findDone = (_session: ZohoSession) => undefined;
  const verified = await verifySession(delivery, { ...deps, findDone }, signal);
  if ('outcome' in verified) return verified;
  const { session } = verified;
  if (session.ticketId !== undefined) return { ticketId: session.ticketId };
  const tickets = await deps.client.sessionTickets(session.id, signal);
  if (!tickets.ok) return { outcome: toZohoOutcome(tickets, signal) };
  const ticket = tickets.value[0];
  if (ticket === undefined) return { outcome: { kind: 'skipped', reason: 'the chat has no ticket' } };
  return { ticketId: ticket.id };
}

/** Custom fields (`cf_…`) belong under `cf`; the others are the ticket's own. */
function toFields(fields: Record<string, string | number | boolean>): Record<string, unknown> {
  const entries = Object.entries(fields);
  const custom = entries.filter(([name]) => name.startsWith('cf_'));
  const own = entries.filter(([name]) => !name.startsWith('cf_'));
  return { ...Object.fromEntries(own), ...(custom.length === 0 ? {} : { cf: Object.fromEntries(custom) }) };
}
