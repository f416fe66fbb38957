import { Hono } from 'hono';
import * as z from 'zod';
import { OUTCOMES } from '../../domain/decision.ts';
import { type DecisionRow, listDecisions } from '../../store/read/decisions.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { numberCursor } from './cursor.ts';
import { instant, toIso } from './instant.ts';
import { describeList, listQuery, textFilter, toList } from './list.ts';

export const decisionSchema = z
  .object({
    id: z.string(),
    ruleId: z.string(),
    rulesetHash: z.string().describe('The ruleset that judged'),
    subject: z.string(),
    sessionId: z.string().nullable(),
    episodeId: z.string().nullable(),
    eventKey: z.string().nullable().describe('The event that led to it; null when a due time did'),
    outcome: z.enum(OUTCOMES),
    mode: z.enum(['live', 'shadow']),
    step: z.int().nullable().describe('0 the firing, 1 the first step of the ladder'),
    repeat: z.int().nullable().describe('1 the first repeat of the firing'),
    at: instant.describe('The time of the event, or the due time'),
    decidedAt: instant,
    reason: z.string(),
    trace: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('Each condition with the value that it met and its verdict'),
  })
  .meta({ id: 'Decision' });

function toDecision(row: DecisionRow): z.infer<typeof decisionSchema> {
  return {
    id: String(row.id),
    ruleId: row.ruleId,
    rulesetHash: row.rulesetHash,
    subject: row.subject,
    sessionId: row.sessionId,
    episodeId: row.episodeId,
    eventKey: row.eventKey,
    outcome: row.outcome,
    mode: row.mode,
    step: row.step,
    repeat: row.repeat,
    at: toIso(row.at),
    decidedAt: toIso(row.decidedAt),
    reason: row.reason,
    trace: row.trace === null ? null : { ...row.trace },
  };
}

export function createDecisionRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/',
    describeList('What the rules concluded and why, the newest first', decisionSchema),
    listQuery({ ruleId: textFilter, sessionId: textFilter, outcome: z.enum(OUTCOMES).optional() }),
    async (c) => {
      const { limit, cursor, ...filter } = c.req.valid('query');
      const page = await listDecisions(deps.db, orgId, filter, limit, numberCursor.decode(cursor));
      return toList(c, page, numberCursor, toDecision);
    },
  );
}
