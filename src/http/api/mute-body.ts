import type { Context } from 'hono';
import { describeRoute, resolver } from 'hono-openapi';
import * as z from 'zod';
import { parseDuration } from '../../domain/duration.ts';
import { AppError } from '../../domain/errors.ts';
import type { AppEnv } from '../app-deps.ts';
import { describeProblem } from '../problem.ts';
import { readBody } from '../read-body.ts';
import { isText } from './cursor.ts';

/** What the bodies of silences and pauses have in common. */
const MAX_BODY = 16 * 1024;

const text = z.string().trim().min(1).max(200).refine(isText);
export const by = z.string().trim().min(1).max(100).refine(isText).optional().describe('Who does it, for the audit');
export const owner = text.describe('Who answers for it: a name');
export const reason = text.describe('Why, for those who wonder');
export const name = text;
export const lasting = z.string().max(20).optional().describe('How long, such as 2h or 1h30m; or give an end');
export const instantText = z.iso.datetime({ offset: true });

/** The end that a body names: a duration from `from`, or an instant. @throws AppError bad_request */
export function readEnd(
  { for: span, until }: { for?: string | undefined; until?: string | undefined },
  from: number,
): number | undefined {
  if (span !== undefined && until !== undefined) throw new AppError('bad_request', 'Give "for" or "until", not both.');
  if (until !== undefined) return Date.parse(until);
  return span === undefined ? undefined : from + getSpan(span);
}

/** @throws AppError bad_request */
export function getSpan(span: string): number {
  const ms = parseDuration(span);
  if (ms !== undefined && ms > 0) return ms;
  throw new AppError('bad_request', `for: "${span}" is no duration.`, {
    remedy: 'Write one such as 30m, 2h or 1h30m.',
  });
}

/** @throws AppError bad_request, too_large */
export async function readFields<S extends z.ZodType>(c: Context<AppEnv>, schema: S): Promise<z.output<S>> {
  const body = await readBody(c.req, MAX_BODY);
  if (body === undefined) throw new AppError('too_large', 'The body is too large.');
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = (issue?.path ?? []).map(String).join('.');
  throw new AppError('bad_request', `${place === '' ? 'The body' : place}: ${issue?.message ?? 'cannot be read'}.`, {
    remedy: 'See /openapi.json for what the body has to be.',
  });
}

function parseJson(json: string): unknown {
  try {
    return json.trim() === '' ? {} : JSON.parse(json);
  } catch {
    return undefined;
  }
}

export function toActor(c: Context<AppEnv>, who: string | undefined): string {
  return who === undefined ? c.get('actor') : `${c.get('actor')}:${who}`;
}

export function describePost(summary: string, { body, item }: { body: z.ZodType; item: z.ZodType }) {
  return describeRoute({
    tags: ['api'],
    summary,
    security: [{ bearer: [] }],
    requestBody: { required: true, content: { 'application/json': { schema: resolver(body) } } },
    responses: {
      200: { description: 'As it stands now', content: { 'application/json': { schema: resolver(item) } } },
      400: describeProblem('The body cannot be read, or names what is not there'),
      401: describeProblem('The token is missing or wrong'),
      404: describeProblem('There is none with this id'),
      409: describeProblem('As it stands this cannot be done'),
      503: describeProblem('No portal is configured'),
    },
  });
}

/** Without a portal there is nothing to hold back. @throws AppError not_configured */
export function assertPortal(orgId: string): void {
  if (orgId !== '') return;
  throw new AppError('not_configured', 'No portal is configured.', {
    remedy: 'Set ZOHO_ORG_ID and start the server again.',
  });
}
