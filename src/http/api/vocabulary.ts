import { type Context, Hono } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import { listVocabulary } from '../../store/read/vocabulary.ts';
import type { EntryRow } from '../../store/vocabulary.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { describeProblem } from '../problem.ts';
import { readBody } from '../read-body.ts';
import { createCursorCodec, instantSchema, isText } from './cursor.ts';
import { instant, toIso, toIsoOrNull } from './instant.ts';
import { describeList, listQuery, textFilter, toList } from './list.ts';

/** What Zoho Desk said that it was not known to say, and accepting it as known. */
export const vocabularySchema = z
  .object({
    field: z.string().describe('The vocabulary, such as session.status; event.type; event.field for names of fields'),
    value: z.string(),
    firstSeenAt: instant,
    lastSeenAt: instant,
    seen: z.int().describe('How often; up to date to some seconds'),
    sample: z
      .record(z.string(), z.json())
      .describe('The event in which it came first; of personal and unknown fields only the kind and the size'),
    rules: z
      .array(z.object({ id: z.string(), name: z.string(), onUnknown: z.enum(['skip', 'match', 'alert']) }))
      .describe('Rules in force whose conditions read this field'),
    toldAt: instant.nullable().describe('When the owner channel was told; null when there is none'),
    acceptedAt: instant.nullable(),
    acceptedBy: z.string().nullable(),
  })
  .meta({ id: 'VocabularyEntry' });

const text = z.string().min(1).max(200).refine(isText);
const acceptSchema = z
  .strictObject({
    value: text.describe('The value, exactly as it came'),
    field: text.optional().describe('Where more than one field has met it, or none has yet'),
    by: z.string().trim().min(1).max(100).refine(isText).optional().describe('Who does it, for the audit: a name'),
  })
  .meta({ id: 'AcceptVocabulary' });

const MAX_BODY = 16 * 1024;
const entryCursor = createCursorCodec(z.strictObject({ at: instantSchema, field: text, value: text }));

export function createVocabularyRoutes(deps: AppDeps, orgId: string): Hono<AppEnv> {
  const toItem = (row: EntryRow) => toEntry(row, deps);
  return new Hono<AppEnv>()
    .get(
      '/',
      describeList('Values, types and fields that Zoho Desk was not known to send, the newest first', vocabularySchema),
      listQuery({ state: z.enum(['new', 'accepted']).optional(), field: textFilter }),
      async (c) => {
        const { limit, cursor, ...filter } = c.req.valid('query');
        const page = await listVocabulary(deps.db, orgId, filter, limit, entryCursor.decode(cursor));
        return toList(c, page, entryCursor, toItem);
      },
    )
    .post('/accept', describeAccept, async (c) => {
      const { by, ...acceptance } = await readAcceptance(c);
      const actor = by === undefined ? c.get('actor') : `${c.get('actor')}:${by}`;
      return c.json(toItem(await deps.acceptVocabulary(orgId, acceptance, actor)));
    });
}

function toEntry(row: EntryRow, { vocabularyReaders }: AppDeps): z.infer<typeof vocabularySchema> {
  const { field, value, seen, sample } = row;
  return {
    field,
    value,
    firstSeenAt: toIso(row.firstSeenAt),
    lastSeenAt: toIso(row.lastSeenAt),
    seen,
    sample,
    rules: vocabularyReaders(field, value).map(({ id, name, onUnknown }) => ({ id, name, onUnknown })),
    toldAt: toIsoOrNull(row.toldAt),
    acceptedAt: toIsoOrNull(row.acceptedAt),
    acceptedBy: row.acceptedBy,
  };
}

const describeAccept = describeRoute({
  tags: ['api'],
  summary: 'Makes a value known: rules judge it as it stands. Nothing changes when that was done before',
  security: [{ bearer: [] }],
  requestBody: { required: true, content: { 'application/json': { schema: resolver(acceptSchema) } } },
  responses: {
    200: { description: 'As it stands now', content: { 'application/json': { schema: resolver(vocabularySchema) } } },
    400: describeProblem('The body cannot be read, or there is no such field'),
    401: describeProblem('The token is missing or wrong'),
    404: describeProblem('No event has brought this value'),
    409: describeProblem('It is known already, or more than one field has met it'),
  },
});

async function readAcceptance(c: Context<AppEnv>): Promise<z.infer<typeof acceptSchema>> {
  const body = await readBody(c.req, MAX_BODY);
  if (body === undefined) throw new AppError('too_large', 'The body is too large.');
  const parsed = acceptSchema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new AppError('bad_request', 'The body has to be {"value": "…"}, with "field" and "by" where they are needed.');
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
