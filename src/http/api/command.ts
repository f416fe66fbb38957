import type { Context } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import * as z from 'zod';
import { parseDuration } from '../../domain/duration.ts';
import { AppError } from '../../domain/errors.ts';
import type { AppEnv } from '../app-deps.ts';
import { describeProblem } from '../problem.ts';
import { readBody } from '../read-body.ts';
import { isText } from './cursor.ts';

/** What the commands of the API share: an optional body that names who is behind the token, the errors, the description. */
const MAX_BODY = 16 * 1024;
const byText = z.string().trim().min(1).max(100).refine(isText).optional();

export const commandSchema = z
  .strictObject({
    by: byText.describe('Who does it, for the audit: a name'),
  })
  .meta({ id: 'Command' });

export const snoozeSchema = z
  .strictObject({
    for: z.string().max(20).describe('How long: a duration from 1m to 7d, such as 30m'),
    by: byText.describe('Who does it, for the audit: a name'),
  })
  .meta({ id: 'Snooze' });

/** @param body of the request; required when something in it is */
export function describeCommand(summary: string, item: z.ZodType, body: z.ZodType = commandSchema) {
  return describeRoute({
    tags: ['api'],
    summary,
    security: [{ bearer: [] }],
    requestBody: {
      required: body !== commandSchema,
      content: { 'application/json': { schema: resolver(body) } },
    },
    responses: {
      200: { description: 'As it stands now', content: { 'application/json': { schema: resolver(item) } } },
      400: describeProblem('The body cannot be read'),
      401: describeProblem('The token is missing or wrong'),
      404: describeProblem('There is none with this id'),
      409: describeProblem('As it stands this cannot be done'),
    },
  });
}

/** For the audit: `api`, `board`, `local`, or with the name that the body gives, `api:Ana`. */
export async function readActor(c: Context<AppEnv>): Promise<string> {
  const { by } = await readCommand(c, commandSchema, '{} or {"by": "a name"}');
  return toActor(c, by);
}

/** How long, and who says so. */
export async function readSnooze(c: Context<AppEnv>): Promise<{ by: string; forMs: number }> {
  const wanted = '{"for": "30m"}, from 1m to 7d';
  const { for: lasting, by } = await readCommand(c, snoozeSchema, wanted);
  const forMs = parseDuration(lasting);
  if (forMs === undefined || forMs < 60_000 || forMs > 7 * 86_400_000) {
    throw new AppError('bad_request', `The body has to be ${wanted}.`);
  }
  return { by: toActor(c, by), forMs };
}

function toActor(c: Context<AppEnv>, by: string | undefined): string {
  return by === undefined ? c.get('actor') : `${c.get('actor')}:${by}`;
}

async function readCommand<S extends z.ZodType>(c: Context<AppEnv>, schema: S, wanted: string): Promise<z.output<S>> {
  const body = await readBody(c.req, MAX_BODY);
  if (body === undefined) throw new AppError('too_large', 'The body is too large.');
  const parsed = schema.safeParse(body.trim() === '' ? {} : parseJson(body));
  if (!parsed.success) throw new AppError('bad_request', `The body has to be ${wanted}.`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
