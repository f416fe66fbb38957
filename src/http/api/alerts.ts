import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { ALERT_STATES } from '../../domain/alert.ts';
import { AppError } from '../../domain/errors.ts';
import { type AlertRow, findAlert, listAlerts } from '../../store/read/alerts.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeCommand, readActor, readSnooze, snoozeSchema } from './command.ts';
import { timeCursor } from './cursor.ts';
import { instant, toIso, toIsoOrNull } from './instant.ts';
import { describeList, getIdParam, listQuery, textFilter, toList } from './list.ts';

export const alertSchema = z
  .object({
    id: z.string(),
    ruleId: z.string(),
    subject: z.string(),
    sessionId: z.string().nullable(),
    episodeId: z.string().nullable(),
    groupId: z.string().nullable().describe('The group whose one card stands for it'),
    state: z.enum(ALERT_STATES),
    openedAt: instant,
    acknowledgedAt: instant.nullable(),
    acknowledgedBy: z.string().nullable(),
    snoozedUntil: instant.nullable().describe('Of a snoozed one: when it is open again'),
    resolvedAt: instant.nullable(),
    resolvedReason: z.string().nullable(),
    text: z.string().nullable().describe('The text of the card, once it was posted'),
    severity: z.string().nullable(),
  })
  .meta({ id: 'Alert' });

function toAlert(row: AlertRow): z.infer<typeof alertSchema> {
  return {
    id: row.id,
    ruleId: row.ruleId,
    subject: row.subject,
    sessionId: row.sessionId,
    episodeId: row.episodeId,
    groupId: row.groupId,
    state: row.state,
    openedAt: toIso(row.openedAt),
    acknowledgedAt: toIsoOrNull(row.acknowledgedAt),
    acknowledgedBy: row.acknowledgedBy,
    snoozedUntil: toIsoOrNull(row.snoozedUntil),
    resolvedAt: toIsoOrNull(row.resolvedAt),
    resolvedReason: row.resolvedReason,
    text: row.card?.text ?? null,
    severity: row.card?.severity ?? null,
  };
}

export function createAlertRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  async function answer(c: Context<AppEnv>, by: string, command: (id: string, by: string) => Promise<unknown>) {
    const id = getIdParam(c);
    await command(id, by);
    const row = await findAlert(deps.db, orgId, id);
    if (row === undefined) throw new AppError('not_found', 'There is none with this id.');
    return c.json(toAlert(row));
  }
  return new Hono<AppEnv>()
    .get(
      '/',
      describeList('Alerts (Slack cards), the newest first', alertSchema),
      listQuery({ state: z.enum(ALERT_STATES).optional(), ruleId: textFilter, sessionId: textFilter }),
      async (c) => {
        const { limit, cursor, ...filter } = c.req.valid('query');
        const page = await listAlerts(deps.db, orgId, filter, limit, timeCursor.decode(cursor));
        return toList(c, page, timeCursor, toAlert);
      },
    )
    .post(
      '/:id/acknowledge',
      describeCommand(
        'Acknowledges an alert: its escalation stops. Nothing changes when that was done before',
        alertSchema,
      ),
      async (c) => answer(c, await readActor(c), (id, by) => deps.acknowledgeAlert(orgId, id, by)),
    )
    .post(
      '/:id/snooze',
      describeCommand(
        'Lets an open alert be for a while: its escalation stands still, then it is open again. Nothing changes when it was acknowledged or resolved before',
        alertSchema,
        snoozeSchema,
      ),
      async (c) => {
        const snooze = await readSnooze(c);
        return answer(c, snooze.by, (id) => deps.snoozeAlert(orgId, id, snooze));
      },
    )
    .post(
      '/:id/resolve',
      describeCommand('Resolves an alert by hand. Nothing changes when that was done before', alertSchema),
      async (c) => answer(c, await readActor(c), (id, by) => deps.resolveAlert(orgId, id, by)),
    );
}
