import { getLogger } from '@logtape/logtape';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { resolver } from 'hono-openapi';
import * as z from 'zod';
import { AppError, type ErrorCode, errorText } from '../domain/errors.ts';
import { isAwayFault } from '../store/database-fault.ts';

/** Errors as RFC 9457 says (application/problem+json). The one place where codes become statuses. */
export const problemSchema = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('Stable name of the fault'),
    remedy: z.string().optional().describe('What to do about it'),
    requestId: z.string().optional().describe('To be found in the log'),
  })
  .meta({ id: 'Problem', description: 'An error as RFC 9457 describes' });

/** A problem as a response of the API's description. */
export function describeProblem(description: string) {
  return { description, content: { 'application/problem+json': { schema: resolver(problemSchema) } } };
}

type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 413 | 500 | 503;

const STATUSES: Record<ErrorCode, ProblemStatus> = {
  bad_request: 400,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unavailable: 503,
  not_configured: 503,
  config_invalid: 500,
  rules_invalid: 500,
  data_dir_locked: 500,
  internal: 500,
};

const TITLES: Record<ProblemStatus, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** How long whoever got a 503 should wait, in seconds. */
const RETRY_AFTER_SECONDS = '5';

const log = getLogger(['vigia', 'http']);

/** An answer made of an error; says nothing that the error's message does not say. */
export function toProblem(c: Context, error: AppError): Response {
  const status = STATUSES[error.code];
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 401) headers['www-authenticate'] = 'Bearer realm="vigia"';
  if (status === 503) headers['retry-after'] = RETRY_AFTER_SECONDS;
  const requestId: unknown = c.get('requestId');
  const problem: z.infer<typeof problemSchema> = {
    type: 'about:blank',
    title: TITLES[status],
    status,
    detail: error.message,
    code: error.code,
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    ...(typeof requestId === 'string' ? { requestId } : {}),
  };
  return c.body(JSON.stringify(problem), status, headers);
}

/** Hono's error handler: what was thrown on purpose keeps its words, anything else is logged and shown as internal. */
export function handleError(error: Error, c: Context): Response {
  if (error instanceof AppError) {
    if (STATUSES[error.code] >= 500) logFault(error, c);
    return toProblem(c, error);
  }
  if (isAwayFault(error)) {
    log.warn('request failed, the database is away: {error}', {
      error: errorText(error),
      requestId: c.get('requestId'),
    });
    return toProblem(c, new AppError('unavailable', 'The database cannot be used now; /readyz tells why.'));
  }
  if (error instanceof HTTPException && error.status < 500) {
    return toProblem(c, new AppError('bad_request', error.message || 'The request cannot be read.'));
  }
  logFault(error, c);
  return toProblem(c, new AppError('internal', 'Something broke on our side; the log has the details.'));
}

export function handleNotFound(c: Context): Response {
  return toProblem(c, new AppError('not_found', 'There is nothing at this address.'));
}

/** The frames of the stack without its first line, which is the message and may hold the parameters of a query. */
function logFault(error: Error, c: Context): void {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  log.error('request failed: {error}', {
    error: errorText(error),
    cause: error.cause === undefined ? undefined : errorText(error.cause),
    requestId: c.get('requestId'),
    at: frames.slice(0, 6).map((frame) => frame.trim()),
  });
}
