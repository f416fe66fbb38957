import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import { type AlertGroupRow, findAlertGroup, listAlertGroups } from '../../store/read/alert-groups.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeCommand, readActor } from './command.ts';
import { timeCursor } from './cursor.ts';
import { instant, toIso, toIsoOrNull } from './instant.ts';
import { describeList, getIdParam, listQuery, textFilter, toList } from './list.ts';

export const alertGroupSchema = z
  .object({
    id: z.string(),
    ruleId: z.string(),
    openedAt: instant,
    closedAt: instant.nullable().describe('Since when no alert joins it any more'),
    overBudget: z.boolean().describe('Made because the rule went over the budget of its Slack channel'),
    total: z.int().describe('Chats (or other subjects) that have joined it'),
    open: z.int().describe('Those of them that are not resolved'),
    acknowledged: z.int().describe('Open ones that somebody has acknowledged'),
    shownTotal: z.int().describe('What the card says now'),
    shownOpen: z.int(),
    posted: z.boolean().describe('Whether Slack has the card'),
    edits: z.int(),
    slackChannel: z.string(),
    text: z.string().describe('The text of the first card'),
    severity: z.string().nullable(),
  })
  .meta({ id: 'AlertGroup' });

function toGroup({ counts, card, ...row }: AlertGroupRow): z.infer<typeof alertGroupSchema> {
  return {
    id: row.id,
    ruleId: row.ruleId,
    openedAt: toIso(row.openedAt),
    closedAt: toIsoOrNull(row.closedAt),
    overBudget: row.overflow,
    total: counts.total,
    open: counts.open,
    acknowledged: counts.acknowledged,
    shownTotal: row.shownTotal,
    shownOpen: row.shownOpen,
    posted: row.slackTs !== null,
    edits: row.edits,
    slackChannel: row.slackChannel,
    text: card.text,
    severity: card.severity ?? null,
  };
}

const trueOrFalse = z.enum(['true', 'false']).transform((text) => text === 'true');

export function createAlertGroupRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  async function answer(c: Context<AppEnv>, command: (id: string, by: string) => Promise<unknown>) {
    const id = getIdParam(c);
    await command(id, await readActor(c));
    const row = await findAlertGroup(deps.db, orgId, id);
    if (row === undefined) throw new AppError('not_found', 'There is none with this id.');
    return c.json(toGroup(row));
  }
  return new Hono<AppEnv>()
    .get(
      '/',
      describeList('Groups of alerts that share one Slack card, the newest first', alertGroupSchema),
      listQuery({ ruleId: textFilter, closed: trueOrFalse.optional() }),
      async (c) => {
        const { limit, cursor, ...filter } = c.req.valid('query');
        const page = await listAlertGroups(deps.db, orgId, filter, limit, timeCursor.decode(cursor));
        return toList(c, page, timeCursor, toGroup);
      },
    )
    .post(
      '/:id/acknowledge',
      describeCommand(
        'Acknowledges all alerts that are in the group now: their escalation stops. Those that join later are open',
        alertGroupSchema,
      ),
      (c) => answer(c, (id, by) => deps.acknowledgeGroup(orgId, id, by)),
    )
    .post(
      '/:id/resolve',
      describeCommand('Resolves all alerts that are in the group now, by hand', alertGroupSchema),
      (c) => answer(c, (id, by) => deps.resolveGroup(orgId, id, by)),
    );
}
