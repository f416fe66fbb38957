import type { Context } from 'hono';
import { describeRoute, resolver, validator } from 'hono-openapi';
import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { Page } from '../../store/read/page.ts';
import { describeProblem } from '../problem.ts';
import { type CursorCodec, isText } from './cursor.ts';

/** What all lists of the API share: `limit`, `cursor`, strict queries, `{ data, nextCursor }`, their description. */
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).describe('Most items of the page'),
  cursor: z.string().max(2_000).optional().describe('nextCursor of the page before'),
};

/** A filter by an exact text. */
export const textFilter = z.string().min(1).max(200).refine(isText, 'holds characters that no value has').optional();

/** A query of a list: `limit`, `cursor` and the filters; anything else is refused, a misspelled filter would show all. */
export function listQuery<T extends z.ZodRawShape>(filters: T) {
  return strictQuery({ ...pageQuery, ...filters });
}

/** A query of these fields and no others. */
export function strictQuery<T extends z.ZodRawShape>(fields: T) {
  return validator('query', z.strictObject(fields), (result) => {
    if (!result.success) throw new AppError('bad_request', `${describeIssue(result.error[0])}.`);
  });
}

export function describeIssue(issue: { message: string; path?: readonly unknown[] | undefined } | undefined): string {
  if (issue === undefined) return 'The query cannot be read';
  const place = (issue.path ?? []).map(String).join('.');
  return place === '' ? issue.message : `${place}: ${issue.message}`;
}

export function listSchema<T extends z.ZodType>(item: T) {
  return z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().describe('For the next page; null on the last'),
  });
}

export function describeList(summary: string, item: z.ZodType) {
  return describeRoute({
    tags: ['api'],
    summary,
    security: [{ bearer: [] }],
    responses: {
      200: { description: 'A page', content: { 'application/json': { schema: resolver(listSchema(item)) } } },
      400: describeProblem('A filter or the cursor cannot be read'),
      401: describeProblem('The token is missing or wrong'),
    },
  });
}

export function describeItem(summary: string, item: z.ZodType) {
  return describeRoute({
    tags: ['api'],
    summary,
    security: [{ bearer: [] }],
    responses: {
      200: { description: 'Found', content: { 'application/json': { schema: resolver(item) } } },
      401: describeProblem('The token is missing or wrong'),
      404: describeProblem('There is none with this id'),
    },
  });
}

/** The answer of a list. */
export function toList<Row, Position>(
  c: Context,
  page: Page<Row, Position>,
  cursor: CursorCodec<Position>,
  toItem: (row: Row) => unknown,
): Response {
  return c.json({ data: page.rows.map(toItem), nextCursor: cursor.encode(page.next) });
}

/** An id of the path; throws `not_found` for what no id can be. */
export function getIdParam(c: Context, name = 'id'): string {
  const id = c.req.param(name) ?? '';
  if (id === '' || id.length > 1_000 || !isText(id)) throw new AppError('not_found', 'There is none with this id.');
  return id;
}
