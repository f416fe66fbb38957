import { Hono } from 'hono';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import { silencedUntil } from '../../engine/silences.ts';
import type { SilencePreview } from '../../services/preview-silence.ts';
import type { SilenceRequest } from '../../services/silences.ts';
import { toSilence as toDomain } from '../../store/mutes.ts';
import { findSilence, type ListedSilence, listSilences } from '../../store/read/mutes.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeCommand, readActor } from './command.ts';
import { timeCursor } from './cursor.ts';
import { instant, toIso, toIsoOrNull } from './instant.ts';
import { describeItem, describeList, getIdParam, listQuery, toList } from './list.ts';
import {
  assertPortal,
  by,
  describePost,
  getSpan,
  instantText,
  lasting,
  name,
  owner,
  readEnd,
  readFields,
  reason,
  toActor,
} from './mute-body.ts';

const recurrence = z.strictObject({
  zone: z.string().min(1).max(64).describe('IANA time zone, such as America/Sao_Paulo'),
  days: z.array(z.string().max(3)).min(1).max(7).describe('mon … sun: the days on which a stretch begins'),
  from: z.string().max(5).describe('HH:MM of that zone'),
  to: z.string().max(5).describe('HH:MM; not after "from": of the day after'),
});

const silenceFields = {
  rule: name.optional().describe('Id of a rule'),
  channel: name.optional().describe('Id or name of a channel'),
  session: name.optional().describe('Id of a chat'),
  agent: name.optional().describe('Id or name of an agent: chats that are assigned to them'),
  everything: z.boolean().optional().describe('Said where nothing else is: all of Slack is kept quiet'),
  owner,
  reason,
  start: instantText.optional().describe('Default: now'),
  for: lasting,
  until: instantText.optional().describe('The end; or give "for"'),
  recurrence: recurrence.optional().describe('In force only in these stretches of the week'),
  by,
};
const silenceBody = z.strictObject(silenceFields).meta({ id: 'NewSilence' });
const extendBody = z
  .strictObject({ for: z.string().max(20).describe('By how much its end is put off, such as 1h'), by })
  .meta({ id: 'ExtendSilence' });

export const silenceSchema = z
  .object({
    id: z.string(),
    state: z
      .enum(['planned', 'active', 'idle', 'over', 'lifted'])
      .describe('idle: it recurs, and is between two of its stretches'),
    matcher: z.object({
      ruleId: z.string().optional(),
      channelId: z.string().optional(),
      sessionId: z.string().optional(),
      agentId: z.string().optional(),
      agentAliases: z.array(z.string()).optional(),
    }),
    owner: z.string(),
    reason: z.string(),
    startsAt: instant,
    endsAt: instant,
    quietUntil: instant.nullable().describe('When it is active: until when, without a break'),
    recurrence: recurrence.nullable(),
    heldBack: z.int().describe('Cards and messages that it has held back so far'),
    waiting: z.int().describe('Cards that wait for its end, counted up to 1000'),
    createdAt: instant,
    createdBy: z.string(),
    liftedAt: instant.nullable(),
    liftedBy: z.string().nullable(),
  })
  .meta({ id: 'Silence' });

const count = z.object({ ruleId: z.string(), lastDay: z.int(), lastWeek: z.int() });
export const previewSchema = z
  .object({
    startsAt: instant,
    endsAt: instant,
    holds: z.object({
      data: z.array(z.object({ id: z.string(), ruleId: z.string(), sessionId: z.string().nullable(), dueAt: instant })),
      more: z.boolean(),
    }),
    cards: z.object({
      data: z.array(
        z.object({ id: z.string(), ruleId: z.string(), sessionId: z.string().nullable(), openedAt: instant }),
      ),
      more: z.boolean(),
    }),
    firings: z
      .object({ lastDay: z.int(), lastWeek: z.int(), byRule: z.array(count), more: z.boolean() })
      .describe('Firings, steps and repeats of the past that such a silence would have held back'),
  })
  .meta({ id: 'SilencePreview' });

function toSilence(row: ListedSilence, now: number): z.infer<typeof silenceSchema> {
  const until = silencedUntil(toDomain(row), now);
  return {
    id: row.id,
    state: stateOf(row, until, now),
    matcher: row.matcher,
    owner: row.owner,
    reason: row.reason,
    startsAt: toIso(row.startsAt),
    endsAt: toIso(row.endsAt),
    quietUntil: toIsoOrNull(until ?? null),
    recurrence: row.recurrence,
    heldBack: row.heldBack,
    waiting: row.waiting,
    createdAt: toIso(row.createdAt),
    createdBy: row.createdBy,
    liftedAt: toIsoOrNull(row.liftedAt),
    liftedBy: row.liftedBy,
  };
}

function stateOf(row: ListedSilence, until: number | undefined, now: number): z.infer<typeof silenceSchema>['state'] {
  if (row.liftedAt !== null) return 'lifted';
  if (row.endsAt <= now) return 'over';
  if (row.startsAt > now) return 'planned';
  return until === undefined ? 'idle' : 'active';
}

function toPreview({ silence, holds, cards, firings }: SilencePreview): z.infer<typeof previewSchema> {
  return {
    startsAt: toIso(silence.startsAt),
    endsAt: toIso(silence.endsAt),
    holds: {
      data: holds.rows.map(({ id, ruleId, sessionId, dueAt }) => ({ id, ruleId, sessionId, dueAt: toIso(dueAt) })),
      more: holds.more,
    },
    cards: {
      data: cards.rows.map(({ id, ruleId, sessionId, openedAt }) => ({
        id,
        ruleId,
        sessionId,
        openedAt: toIso(openedAt),
      })),
      more: cards.more,
    },
    firings,
  };
}

function toRequest(body: z.infer<typeof silenceBody>, now: number): SilenceRequest {
  const { rule, channel, session, agent, everything, start, recurrence: stretches } = body;
  const startsAt = start === undefined ? now : Date.parse(start);
  const endsAt = readEnd(body, startsAt);
  if (endsAt === undefined) {
    throw new AppError('bad_request', 'The silence has no end.', { remedy: 'Give "for", such as "2h", or "until".' });
  }
  const matcher = { rule, channel, session, agent, everything };
  return { matcher, owner: body.owner, reason: body.reason, startsAt, endsAt, recurrence: stretches };
}

export function createSilenceRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  async function show(id: string) {
    const row = await findSilence(deps.db, orgId, id);
    if (row === undefined) {
      throw new AppError('not_found', `There is no silence ${id}.`, { remedy: 'List them with GET /api/v1/silences.' });
    }
    return toSilence(row, deps.clock.now());
  }
  return new Hono<AppEnv>()
    .get(
      '/',
      describeList('Silences, the newest first; with state=open those in force or to come', silenceSchema),
      listQuery({ state: z.enum(['open', 'all']).default('all') }),
      async (c) => {
        const { limit, cursor, state } = c.req.valid('query');
        const now = deps.clock.now();
        const filter = { open: state === 'open', now };
        const page = await listSilences(deps.db, orgId, filter, limit, timeCursor.decode(cursor));
        return toList(c, page, timeCursor, (row) => toSilence(row, now));
      },
    )
    .post(
      '/',
      describePost('Makes a silence: Slack is not told of what fits it', { body: silenceBody, item: silenceSchema }),
      async (c) => {
        assertPortal(orgId);
        const body = await readFields(c, silenceBody);
        const request = toRequest(body, deps.clock.now());
        const { id } = await deps.mutes.createSilence(orgId, request, toActor(c, body.by));
        return c.json(await show(id));
      },
    )
    .post(
      '/preview',
      describePost('What such a silence would hold back; nothing is changed', {
        body: silenceBody,
        item: previewSchema,
      }),
      async (c) => {
        assertPortal(orgId);
        const request = toRequest(await readFields(c, silenceBody), deps.clock.now());
        return c.json(toPreview(await deps.mutes.previewSilence(orgId, request)));
      },
    )
    .get('/:id', describeItem('A silence', silenceSchema), async (c) => c.json(await show(getIdParam(c))))
    .post(
      '/:id/lift',
      describeCommand('Ends a silence now. Nothing changes when it is over already', silenceSchema),
      async (c) => {
        const id = getIdParam(c);
        await deps.mutes.liftSilence(orgId, id, await readActor(c));
        return c.json(await show(id));
      },
    )
    .post(
      '/:id/extend',
      describePost('Puts the end of a silence off', { body: extendBody, item: silenceSchema }),
      async (c) => {
        const id = getIdParam(c);
        const body = await readFields(c, extendBody);
        await deps.mutes.extendSilence(orgId, id, getSpan(body.for), toActor(c, body.by));
        return c.json(await show(id));
      },
    );
}
