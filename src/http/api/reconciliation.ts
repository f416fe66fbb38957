import { Hono } from 'hono';
import * as z from 'zod';
import { RECONCILIATION_JOB } from '../../services/reconcile/reconcile.ts';
import { fromJson, RUN_OUTCOMES } from '../../services/reconcile/reconciliation-state.ts';
import { createSpending } from '../../services/reconcile/spending.ts';
import { readJobState } from '../../store/job-states.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { instant, toIso } from './instant.ts';
import { describeItem } from './list.ts';

export const reconciliationSchema = z
  .object({
    everySeconds: z.number().nullable().describe('RECONCILE_EVERY; null when it is off'),
    creditsPerDay: z.int().describe('ZOHO_CREDIT_BUDGET'),
    creditsToday: z.int().describe('Spent since midnight, UTC'),
    readUpTo: instant
      .nullable()
      .describe('All changes of chats up to here have been looked at; null before the first run'),
    nextRunAt: instant.nullable(),
    inferred: z.int().describe('Status changes that no webhook told, found since it began'),
    last: z
      .object({
        at: instant,
        outcome: z.enum(RUN_OUTCOMES).describe('unfinished, over_budget: the next run goes on where this one was'),
        reason: z.string().nullable().describe('Why it failed'),
        chats: z.int().describe('That Zoho Desk listed as changed'),
        differing: z.int(),
        inferred: z.int(),
        deferred: z.int().describe('Changed just now, or an event of theirs waits: left for the next run'),
        credits: z.int(),
      })
      .nullable(),
  })
  .meta({ id: 'Reconciliation' });

/** How reading chats again stands: of all processes, since it is read from the database. */
export function createReconciliationRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/',
    describeItem('How reading changed chats again stands, and what it costs', reconciliationSchema),
    async (c) => {
      const { everyMs, creditsPerDay } = deps.config.reconcile;
      const now = deps.clock.now();
      const stored = await readJobState(deps.db, orgId, RECONCILIATION_JOB);
      const { readUpTo, spent, inferred, last } = fromJson(stored ?? {}, now);
      const nextAt = stored?.['nextAt'];
      const report: z.infer<typeof reconciliationSchema> = {
        everySeconds: everyMs === undefined ? null : everyMs / 1_000,
        creditsPerDay,
        creditsToday: createSpending(spent, creditsPerDay, now).credits,
        readUpTo: stored === undefined ? null : toIso(readUpTo),
        nextRunAt: everyMs !== undefined && typeof nextAt === 'number' ? toIso(nextAt) : null,
        inferred,
        last: last === undefined ? null : { ...last, at: toIso(last.at), reason: last.reason ?? null },
      };
      return c.json(report);
    },
  );
}
