import { Hono } from 'hono';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import { findSession, listSessions, type SessionRow } from '../../store/read/sessions.ts';
import { readTimeline, TIMELINE_KINDS, type TimelinePosition, type TimelineRow } from '../../store/read/timeline.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { createCursorCodec, instantSchema, isText, timeCursor } from './cursor.ts';
import { instant, toIso, toIsoOrNull } from './instant.ts';
import { describeItem, describeList, getIdParam, listQuery, textFilter, toList } from './list.ts';

export const sessionSchema = z
  .object({
    id: z.string(),
    status: z.string().nullable(),
    previousStatus: z.string().nullable(),
    statusSince: instant.nullable(),
    statusSinceApproximate: z.boolean().describe('First seen already in its status: it began before statusSince'),
    replyStatus: z.string().nullable(),
    assigneeId: z.string().nullable().describe('As the webhook names it: not necessarily the id of a Desk agent'),
    assigneeType: z.string().nullable(),
    channelId: z.string().nullable(),
    integration: z.string().nullable(),
    messagesCount: z.int().nullable().describe('As Zoho counts'),
    createdAt: instant,
    firstAssignedAt: instant.nullable(),
    firstResponseAt: instant.nullable(),
    lastInboundAt: instant.nullable(),
    lastOutboundAt: instant.nullable(),
    endedAt: instant.nullable(),
    waitingSince: instant.nullable().describe("The customer's last message that nobody has answered"),
    holds: z.int().describe('How often it was put on hold'),
    reassignments: z.int(),
    messagesIn: z.int(),
    messagesOut: z.int(),
    timeInMs: z.record(z.string(), z.number()).describe('Milliseconds in each status that it has left'),
    ticketId: z.string().nullable(),
    contactId: z.string().nullable(),
    lastEventAt: instant,
  })
  .meta({ id: 'Session' });

function toSession(row: SessionRow): z.infer<typeof sessionSchema> {
  return {
    id: row.id,
    status: row.status,
    previousStatus: row.previousStatus,
    statusSince: toIsoOrNull(row.statusSince),
    statusSinceApproximate: row.statusSinceApproximate ?? false,
    replyStatus: row.replyStatus,
    assigneeId: row.assigneeId,
    assigneeType: row.assigneeType,
    channelId: row.channelId,
    integration: row.integration,
    messagesCount: row.messagesCount,
    createdAt: toIso(row.createdAt),
    firstAssignedAt: toIsoOrNull(row.firstAssignedAt),
    firstResponseAt: toIsoOrNull(row.firstResponseAt),
    lastInboundAt: toIsoOrNull(row.lastInboundAt),
    lastOutboundAt: toIsoOrNull(row.lastOutboundAt),
    endedAt: toIsoOrNull(row.endedAt),
    waitingSince: toIsoOrNull(row.waitingSince),
    holds: row.holds,
    reassignments: row.reassignments,
    messagesIn: row.messagesIn,
    messagesOut: row.messagesOut,
    timeInMs: row.timeIn,
    ticketId: row.ticketId,
    contactId: row.contactId,
    lastEventAt: toIso(row.lastEventAt),
  };
}

const moment = { at: instant, id: z.string() };
export const timelineEntrySchema = z
  .discriminatedUnion('kind', [
    z.object({
      kind: z.literal('transition'),
      ...moment,
      from: z.string().nullable(),
      to: z.string().nullable(),
      replyStatus: z.string().nullable(),
      assigneeId: z.string().nullable(),
      assigneeType: z.string().nullable(),
      assigneeChanged: z.boolean(),
      gap: z.boolean().describe('Its old status is not the one that we had'),
      late: z.boolean().describe('It came after an event with a later time'),
      known: z.string().nullable().describe('The status that we had when it came'),
      inferred: z.boolean().describe('No webhook told of it: found when the chat was read again'),
      causedBy: z.string().nullable().describe('The action of ours that caused it'),
    }),
    z.object({
      kind: z.literal('message'),
      ...moment,
      direction: z.string().nullable(),
      actorType: z.string().nullable(),
      messageType: z.string().nullable(),
      length: z.int().describe('Characters of its text, which is not kept'),
    }),
    z.object({
      kind: z.literal('decision'),
      ...moment,
      ruleId: z.string(),
      outcome: z.string(),
      mode: z.string(),
      reason: z.string(),
    }),
    z.object({
      kind: z.literal('action'),
      ...moment,
      ruleId: z.string(),
      type: z.string(),
      state: z.string(),
      reason: z.string().nullable(),
      attempts: z.int(),
      finishedAt: instant.nullable(),
    }),
  ])
  .meta({ id: 'TimelineEntry' });

function toTimelineEntry(entry: TimelineRow): z.infer<typeof timelineEntrySchema> {
  const at = toIso(entry.at);
  const { id } = entry;
  switch (entry.kind) {
    case 'transition': {
      const { from, to, replyStatus, assigneeId, assigneeType, assigneeChanged, gap, late } = entry.row;
      const { known, inferred, causedBy } = entry.row;
      return {
        kind: 'transition',
        at,
        id,
        from,
        to,
        replyStatus,
        assigneeId,
        assigneeType,
        assigneeChanged,
        gap,
        late,
        known,
        inferred,
        causedBy,
      };
    }
    case 'message': {
      const { direction, actorType, messageType, length } = entry.row;
      return { kind: 'message', at, id, direction, actorType, messageType, length };
    }
    case 'decision': {
      const { ruleId, outcome, mode, reason } = entry.row;
      return { kind: 'decision', at, id, ruleId, outcome, mode, reason };
    }
    case 'action': {
      const { ruleId, type, state, reason, attempts } = entry.row;
      const finishedAt = toIsoOrNull(entry.row.finishedAt);
      return { kind: 'action', at, id, ruleId, type, state, reason, attempts, finishedAt };
    }
  }
}

const timelineCursor = createCursorCodec<TimelinePosition>(
  z.strictObject({ at: instantSchema, kind: z.enum(TIMELINE_KINDS), id: z.string().max(200).refine(isText) }),
);

export function createSessionRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  const { db } = deps;
  const noSuchSession = () => new AppError('not_found', 'No event of a session with this id has come.');
  return new Hono<AppEnv>()
    .get(
      '/',
      describeList('Chats, the newest first', sessionSchema),
      listQuery({ status: textFilter, channelId: textFilter, assigneeId: textFilter }),
      async (c) => {
        const { limit, cursor, ...filter } = c.req.valid('query');
        const page = await listSessions(db, orgId, filter, limit, timeCursor.decode(cursor));
        return toList(c, page, timeCursor, toSession);
      },
    )
    .get('/:id', describeItem('A chat as it stands', sessionSchema), async (c) => {
      const row = await findSession(db, orgId, getIdParam(c));
      if (row === undefined) throw noSuchSession();
      return c.json(toSession(row));
    })
    .get(
      '/:id/timeline',
      describeList('What happened to a chat, in the order of time', timelineEntrySchema),
      listQuery({}),
      async (c) => {
        const id = getIdParam(c);
        const { limit, cursor } = c.req.valid('query');
        const [session, page] = await Promise.all([
          findSession(db, orgId, id),
          readTimeline(db, orgId, id, limit, timelineCursor.decode(cursor)),
        ]);
        if (session === undefined) throw noSuchSession();
        return toList(c, page, timelineCursor, toTimelineEntry);
      },
    );
}
