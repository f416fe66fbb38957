import * as z from 'zod';
import { OUTCOMES } from '../decision.ts';

/**
 * The lines of a history: what `vigia export history` writes and a backtest elsewhere reads. One JSON object each, whose
 * `kind` says what it is; the first says what the file is, the last how much it holds, so that a file that was cut off
 * is known. Further kinds and fields may come with later versions: readers pass over what they do not know.
 */
export const HISTORY_VERSION = 1;

/** ISO 8601 in UTC in the file, epoch ms inside. */
const instant = z.iso.datetime({ error: 'is not a time such as 2026-03-02T13:00:00.000Z' }).transform(Date.parse);
const absent = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const count = z
  .int()
  .min(0)
  .nullish()
  .transform((value) => value ?? undefined);
const jsonObject = z.record(z.string(), z.json());

export const headSchema = z.object({
  kind: z.literal('vigia.history'),
  version: z.int().min(1),
  /** The organisation in Zoho Desk. */
  portal: z.string(),
  since: instant,
  until: instant,
  /** In which all times of the file are written. */
  zone: z.literal('UTC'),
  exportedAt: instant,
});

export const lineSchemas = {
  /** Rules that came into force; the first one may have done so before the stretch. */
  rules: z.object({
    kind: z.literal('rules'),
    hash: z.string(),
    activatedAt: instant,
    changedRules: z.array(z.string()),
  }),
  channel: z.object({
    kind: z.literal('channel'),
    id: z.string(),
    name: absent,
    integration: absent,
    departmentId: absent,
  }),
  event: z.object({
    kind: z.literal('event'),
    receivedAt: instant,
    at: instant,
    source: z.string(),
    type: z.string(),
    subject: z.string(),
    sessionId: absent,
    key: z.string(),
    payload: jsonObject,
    previous: jsonObject.nullish().transform((value) => value ?? undefined),
  }),
  decision: z.object({
    kind: z.literal('decision'),
    id: z.int(),
    decidedAt: instant,
    at: instant,
    ruleId: z.string(),
    outcome: z.enum(OUTCOMES),
    mode: z.enum(['live', 'shadow']),
    step: count,
    repeat: count,
    subject: z.string(),
    sessionId: absent,
    episodeId: absent,
    eventKey: absent,
    rulesetHash: z.string(),
    reason: z.string(),
  }),
  end: z.object({ kind: z.literal('end'), events: z.int(), decisions: z.int() }),
} as const;

export type HistoryHead = z.output<typeof headSchema>;
export type HistoryLine = {
  [K in keyof typeof lineSchemas]: z.output<(typeof lineSchemas)[K]>;
}[keyof typeof lineSchemas];
