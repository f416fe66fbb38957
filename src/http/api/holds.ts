import { Hono } from 'hono';
import * as z from 'zod';
import { EPISODE_STATES } from '../../domain/episode.ts';
import { type HoldRow, listHolds } from '../../store/read/holds.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { timeCursor } from './cursor.ts';
import { instant, toIso, toIsoOrNull } from './instant.ts';
import { describeList, listQuery, textFilter, toList } from './list.ts';

export const holdSchema = z
  .object({
    id: z.string(),
    ruleId: z.string(),
    subject: z.string(),
    sessionId: z.string().nullable(),
    mode: z.enum(['live', 'shadow']),
    kind: z
      .enum(['hold', 'event', 'schedule'])
      .describe(
        'event: the firing of an event rule that opened a card or a ladder; schedule: ticks in a row at which the conditions held',
      ),
    state: z.enum(EPISODE_STATES),
    startedAt: instant,
    startedAtApproximate: z.boolean().describe('First seen already in this state: it began before'),
    dueAt: instant,
    nextAt: instant.nullable().describe('When it is looked at next: the due time, then that of each step and repeat'),
    stepsDone: z.int(),
    repeatsDone: z.int(),
    firedAt: instant.nullable(),
    firings: z.int(),
    acknowledgedAt: instant.nullable(),
    endedAt: instant.nullable(),
    endReason: z.string().nullable(),
    endedBy: z
      .string()
      .nullable()
      .describe('event:<key>, ruleset:<hash>, due (a time of its own) or kept (false for as long as keepFor says)'),
    falseSince: instant.nullable().describe('Since when the conditions have been false, while keepFor keeps it'),
    snoozedUntil: instant.nullable().describe('Steps and repeats stand still until then'),
    alertIds: z.array(z.string()),
  })
  .meta({ id: 'Hold' });

function toHold(row: HoldRow): z.infer<typeof holdSchema> {
  return {
    id: row.id,
    ruleId: row.ruleId,
    subject: row.subject,
    sessionId: row.sessionId,
    mode: row.mode,
    kind: row.kind,
    state: row.state,
    startedAt: toIso(row.startedAt),
    startedAtApproximate: row.approximate,
    dueAt: toIso(row.dueAt),
    nextAt: toIsoOrNull(row.nextAt),
    stepsDone: row.stepsDone,
    repeatsDone: row.repeatsDone,
    firedAt: toIsoOrNull(row.firedAt),
    firings: row.firings,
    acknowledgedAt: toIsoOrNull(row.acknowledgedAt),
    endedAt: toIsoOrNull(row.endedAt),
    endReason: row.endReason,
    endedBy: row.endedBy,
    falseSince: toIsoOrNull(row.falseSince),
    snoozedUntil: toIsoOrNull(row.snoozedUntil),
    alertIds: row.alertIds,
  };
}

export function createHoldRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/',
    describeList('Holds: with state=running the next to fall due first, otherwise the latest due first', holdSchema),
    listQuery({ state: z.enum(EPISODE_STATES).optional(), ruleId: textFilter, sessionId: textFilter }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const page = await listHolds(deps.db, orgId, filter, limit, timeCursor.decode(cursor));
      return toList(c, page, timeCursor, toHold);
    },
  );
}
