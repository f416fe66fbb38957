import type { Context } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { AppEnv } from '../app-deps.ts';
import { describeProblem } from '../problem.ts';
import { readBody } from '../read-body.ts';
import { isText } from './cursor.ts';

/** What the commands of the API share: an optional body that names who is behind the token, the errors, the description. */
const MAX_BODY = 16 * 1024;

export const commandSchema = z
  .strictObject({
    by: z.string().trim().min(1).max(100).refine(isText).optional().describe('Who does it, for the audit: a name'),
  })
  .meta({ id: 'Command' });

export function describeCommand(summary: string, item: z.ZodType) {
  return describeRoute({
    tags: ['api'],
    summary,
    security: [{ bearer: [] }],
    requestBody: { required: false, content: { 'application/json': { schema: resolver(commandSchema) } } },
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
  const body = await readBody(c.req, MAX_BODY);
  if (body === undefined) throw new AppError('too_large', 'The body is too large.');
  if (body.trim() === '') return c.get('actor');
  const parsed = commandSchema.safeParse(parseJson(body));
  if (!parsed.success) throw new AppError('bad_request', 'The body has to be {} or {"by": "a name"}.');
  return parsed.data.by === undefined ? c.get('actor') : `${c.get('actor')}:${parsed.data.by}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
