import { Hono } from 'hono';
import * as z from 'zod';
import { ACTION_STATES } from '../../domain/action.ts';
import { AppError } from '../../domain/errors.ts';
import { type ActionRow, findAction, listActions } from '../../store/read/actions.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeCommand, readActor } from './command.ts';
import { timeCursor } from './cursor.ts';
import { instant, toIso, toIsoOrNull } from './instant.ts';
import { describeList, getIdParam, listQuery, textFilter, toList } from './list.ts';

export const actionSchema = z
  .object({
    id: z.string(),
    ruleId: z.string(),
    rulesetHash: z.string(),
    subject: z.string(),
    sessionId: z.string().nullable(),
    episodeId: z.string().nullable(),
    firing: z.string().describe('Shared by the actions of one firing or step'),
    path: z.string().describe('Place in the firing: 0, 1, 0.f0 for the first onFailure action of the first'),
    type: z.string(),
    state: z.enum(ACTION_STATES),
    params: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('As they were delivered, personal values blanked; null before'),
    result: z.record(z.string(), z.unknown()).nullable(),
    reason: z.string().nullable().describe('Why it stands as it does'),
    attempts: z.int(),
    firedAt: instant,
    createdAt: instant,
    expiresAt: instant.describe('After this it is no longer carried out'),
    finishedAt: instant.nullable(),
    heldBy: z.string().nullable().describe('What holds it back now: silence:<id> or pause:<id>'),
    heldUntil: instant.nullable().describe('When that ends, unless it is lifted or extended; null: when it is lifted'),
  })
  .meta({ id: 'Action' });

function toAction(row: ActionRow): z.infer<typeof actionSchema> {
  return {
    id: row.id,
    ruleId: row.ruleId,
    rulesetHash: row.rulesetHash,
    subject: row.subject,
    sessionId: row.sessionId,
    episodeId: row.episodeId,
    firing: row.firing,
    path: row.path,
    type: row.type,
    state: row.state,
    params: row.params,
    result: row.result,
    reason: row.reason,
    attempts: row.attempts,
    firedAt: toIso(row.firedAt),
    createdAt: toIso(row.createdAt),
    expiresAt: toIso(row.expiresAt),
    finishedAt: toIsoOrNull(row.finishedAt),
    heldBy: row.heldBy,
    heldUntil: toIsoOrNull(row.heldUntil),
  };
}

export function createActionRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .get(
      '/',
      describeList('Actions, the newest first', actionSchema),
      listQuery({ state: z.enum(ACTION_STATES).optional(), ruleId: textFilter, sessionId: textFilter }),
      async (c) => {
        const { limit, cursor, ...filter } = c.req.valid('query');
        const page = await listActions(deps.db, orgId, filter, limit, timeCursor.decode(cursor));
        return toList(c, page, timeCursor, toAction);
      },
    )
    .post(
      '/:id/retry',
      describeCommand('Queues an action again that is dead, refused or uncertain', actionSchema),
      async (c) => {
        const id = getIdParam(c);
        await deps.retryAction(orgId, id, await readActor(c));
        const row = await findAction(deps.db, orgId, id);
        if (row === undefined) throw new AppError('not_found', 'There is none with this id.');
        return c.json(toAction(row));
      },
    );
}
