import { Hono } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import * as z from 'zod';
import type { Explanation } from '../../engine/explain/explanation.ts';
import { tellPlainly } from '../../engine/explain/tell/tell-explanation.ts';
import { parseMoment, parseZone } from '../../services/explain/parse-moment.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeProblem } from '../problem.ts';
import { isText } from './cursor.ts';
import { instant } from './instant.ts';
import { strictQuery } from './list.ts';

const neighbour = z.object({
  id: z.int().optional(),
  at: instant,
  decidedAt: instant,
  outcome: z.string(),
  reason: z.string(),
});
const line = z.object({
  kind: z.enum(['title', 'verdict', 'text', 'heading', 'condition', 'gate', 'change', 'decision', 'note']),
  depth: z.int(),
  mark: z.enum(['held', 'failed', 'unknown', 'unjudged']).optional(),
  text: z.string(),
  detail: z.string().optional(),
});

export const explanationSchema = z
  .object({
    rule: z.object({ id: z.string(), name: z.string(), mode: z.string(), kind: z.string() }),
    sessionId: z.string(),
    askedAt: instant,
    look: z
      .object({
        kind: z.enum(['event', 'due', 'sweep', 'tick', 'state']),
        at: instant,
        judgedAt: instant,
        event: z.object({ key: z.string(), type: z.string(), receivedAt: instant }).optional(),
        rulesetHash: z.string(),
      })
      .optional()
      .describe('When and by which event the rule was looked at'),
    verdict: z.string().describe('An outcome of a decision, or why none was taken: not_matched, waiting, …'),
    decidedBy: z.string().optional().describe('The gate that decided; absent where nothing held the rule back'),
    reason: z.string().optional().describe('In the words of the decision'),
    isRecorded: z.boolean().describe('Whether a decision is on record for this look'),
    conditions: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('The condition tree: each comparison with the value that it met and its verdict, none left out'),
    gates: z
      .array(
        z.looseObject({
          name: z.string(),
          status: z.enum(['passed', 'failed', 'not_reached']),
          blocks: z.boolean().describe('Whether it would hold the rule back if it were asked'),
        }),
      )
      .describe('In the order in which they decide, each with its numbers'),
    changes: z
      .array(z.looseObject({ kind: z.string() }))
      .describe('The smallest change that would turn the verdict: all of it together'),
    disagreement: z
      .object({
        recorded: z.array(z.object({ outcome: z.string(), reason: z.string() })),
        computed: z.array(z.object({ outcome: z.string(), reason: z.string() })),
        editedAt: instant.optional(),
      })
      .optional()
      .describe('What is on record is not what judging again gives'),
    standing: z.looseObject({ state: z.string() }).optional().describe('The open episode of the rule at the moment'),
    neighbours: z.object({ before: z.array(neighbour), after: z.array(neighbour) }),
    notes: z.array(z.looseObject({ kind: z.string() })).describe('What makes the explanation less than whole'),
    names: z.record(z.string(), z.string()).describe('Readable names of ids that occur'),
    told: z.array(line).describe('The same in words, line by line'),
  })
  .meta({ id: 'Explanation' });
export type ExplanationAnswer = z.infer<typeof explanationSchema>;

export interface Telling {
  lang: 'en' | 'pt-BR';
  zone: string;
}

/** An explanation as the API gives it: times as ISO texts, and the whole of it in words. */
export function toExplanationAnswer(explanation: Explanation, { lang, zone }: Telling): ExplanationAnswer {
  const { conditions, changes, ...rest } = explanation;
  return explanationSchema.parse({
    ...(withIsoTimes(rest) as object),
    ...(conditions === undefined ? {} : { conditions }),
    // The values of a field are the chat's own.
    changes: changes.map((change) => (change.kind === 'field' ? change : withIsoTimes(change))),
    told: tellPlainly(explanation, lang, zone),
  });
}

/** Names of properties that hold epoch ms. */
const TIMES = /^(?:at|until|[a-zA-Z]+(?:At|Since|Until))$/;

function withIsoTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withIsoTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name,
      typeof one === 'number' && TIMES.test(name) ? new Date(one).toISOString() : withIsoTimes(one),
    ]),
  );
}

const text = (max: number) => z.string().min(1).max(max).refine(isText, 'holds characters that no value has');

export function createExplainRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  return new Hono<AppEnv>().get(
    '/',
    describeRoute({
      tags: ['api'],
      summary: 'Why a rule did or did not fire for a chat at a moment, judged again from what is stored',
      security: [{ bearer: [] }],
      responses: {
        200: { description: 'Explained', content: { 'application/json': { schema: resolver(explanationSchema) } } },
        400: describeProblem('The query cannot be read, or the moment is before the chat'),
        401: describeProblem('The token is missing or wrong'),
        404: describeProblem('There is no such rule or chat'),
        409: describeProblem('The chat cannot be judged again'),
      },
    }),
    strictQuery({
      rule: text(64).describe('Id of the rule'),
      session: text(200).describe('Id of the chat'),
      at: text(40)
        .optional()
        .describe('The moment: ISO 8601 with its offset, -10m, or a local time in `zone`; default: now'),
      decision: z.coerce.number().int().min(1).optional().describe('Of several decisions at that moment: its id'),
      lang: z.enum(['en', 'pt-BR']).default('en'),
      zone: text(64).default('UTC').describe('In which times are told'),
    }),
    async (c) => {
      const { rule: ruleId, session: sessionId, at, decision: decisionId, lang, zone: named } = c.req.valid('query');
      const zone = parseZone(named);
      const moment = at === undefined ? undefined : parseMoment(at, { now: deps.clock.now(), zone });
      const explanation = await deps.explain(orgId, { ruleId, sessionId, at: moment, decisionId });
      return c.json(toExplanationAnswer(explanation, { lang, zone }));
    },
  );
}
