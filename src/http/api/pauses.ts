import { Hono } from 'hono';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import { findPause, type ListedPause, listPauses } from '../../store/read/mutes.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeCommand, readActor } from './command.ts';
import { timeCursor } from './cursor.ts';
import { instant, toIso, toIsoOrNull } from './instant.ts';
import { describeItem, describeList, getIdParam, listQuery, toList } from './list.ts';
import {
  assertPortal,
  by,
  describePost,
  instantText,
  lasting,
  name,
  owner,
  readEnd,
  readFields,
  reason,
  toActor,
} from './mute-body.ts';

const scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('everything') }),
  z.strictObject({ kind: z.literal('rule'), id: name }),
  z.strictObject({ kind: z.literal('destination'), id: name.describe('slack, zoho-desk, http, board or record') }),
  z.strictObject({ kind: z.literal('channel'), id: name.describe('Id or name of a channel') }),
]);

const pauseBody = z
  .strictObject({
    scope,
    actions: z.enum(['wait', 'drop']).describe('What becomes of what it stops: waits for the end, or is given up'),
    owner,
    reason,
    for: lasting,
    until: instantText.optional().describe('The end; without one, and without "for", it lasts until it is lifted'),
    by,
  })
  .meta({ id: 'NewPause' });

export const pauseSchema = z
  .object({
    id: z.string(),
    state: z.enum(['active', 'over', 'lifted']),
    scope,
    actions: z.enum(['wait', 'drop']),
    owner: z.string(),
    reason: z.string(),
    startsAt: instant,
    endsAt: instant.nullable(),
    heldBack: z.int().describe('Actions that it has stopped so far'),
    waiting: z.int().describe('Actions that wait for its end, counted up to 1000'),
    createdAt: instant,
    createdBy: z.string(),
    liftedAt: instant.nullable(),
    liftedBy: z.string().nullable(),
  })
  .meta({ id: 'Pause' });

function toPause(row: ListedPause, now: number): z.infer<typeof pauseSchema> {
  const isOver = row.endsAt !== null && row.endsAt <= now;
  return {
    id: row.id,
    state: row.liftedAt !== null ? 'lifted' : isOver ? 'over' : 'active',
    scope: row.scope,
    actions: row.actions,
    owner: row.owner,
    reason: row.reason,
    startsAt: toIso(row.startsAt),
    endsAt: toIsoOrNull(row.endsAt),
    heldBack: row.heldBack,
    waiting: row.waiting,
    createdAt: toIso(row.createdAt),
    createdBy: row.createdBy,
    liftedAt: toIsoOrNull(row.liftedAt),
    liftedBy: row.liftedBy,
  };
}

export function createPauseRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  async function show(id: string) {
    const row = await findPause(deps.db, orgId, id);
    if (row === undefined) {
      throw new AppError('not_found', `There is no pause ${id}.`, { remedy: 'List them with GET /api/v1/pauses.' });
    }
    return toPause(row, deps.clock.now());
  }
  return new Hono<AppEnv>()
    .get(
      '/',
      describeList('Pauses, the newest first; with state=open those in force', pauseSchema),
      listQuery({ state: z.enum(['open', 'all']).default('all') }),
      async (c) => {
        const { limit, cursor, state } = c.req.valid('query');
        const now = deps.clock.now();
        const filter = { open: state === 'open', now };
        const page = await listPauses(deps.db, orgId, filter, limit, timeCursor.decode(cursor));
        return toList(c, page, timeCursor, (row) => toPause(row, now));
      },
    )
    .post(
      '/',
      describePost('Stops actions from now on, those that are queued too; rules go on deciding', {
        body: pauseBody,
        item: pauseSchema,
      }),
      async (c) => {
        assertPortal(orgId);
        const body = await readFields(c, pauseBody);
        const endsAt = readEnd(body, deps.clock.now());
        const { id } = await deps.mutes.createPause(orgId, { ...body, endsAt }, toActor(c, body.by));
        return c.json(await show(id));
      },
    )
    .get('/:id', describeItem('A pause', pauseSchema), async (c) => c.json(await show(getIdParam(c))))
    .post(
      '/:id/lift',
      describeCommand('Ends a pause now: what waits goes on. Nothing changes when it is over already', pauseSchema),
      async (c) => {
        const id = getIdParam(c);
        await deps.mutes.liftPause(orgId, id, await readActor(c));
        return c.json(await show(id));
      },
    );
}
