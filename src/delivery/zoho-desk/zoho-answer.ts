import * as z from 'zod';
import { parseJsonText } from '../../domain/json-text.ts';
import { cutText } from '../cut-text.ts';
import { redact } from '../redact.ts';
import { parseRetryAfterMs } from '../retry-after.ts';
import type { Answer } from '../send-request.ts';
import type { ZohoCredits, ZohoFailure, ZohoFailureKind } from './zoho-result.ts';

/** Reads what Zoho Desk answers: its error bodies, and what a call cost. */

export type Method = 'GET' | 'PATCH' | 'POST';

/** `{errorCode, message, errors?: [{fieldName, errorType}]}` (Zoho's OpenAPI files); anything else reads as empty. */
const errorSchema = z
  .object({
    errorCode: z.string().optional().catch(undefined),
    message: z.string().optional().catch(undefined),
    errors: z
      .array(z.object({ fieldName: z.string().optional().catch(undefined) }))
      .optional()
      .catch(undefined),
  })
  .catch({});

/** What a text has to look like to be shown as an error code. */
const CODE = /^[A-Z0-9_]{2,60}$/;

export interface AnswerContext {
  method: Method;
  now: number;
  secrets: string[];
}

/** The failure that an answer other than 2xx tells of. */
export function toZohoFailure(answer: Answer, context: AnswerContext): ZohoFailure {
  const error = errorSchema.parse(parseJsonText(answer.body)?.value ?? {});
  const code = error.errorCode !== undefined && CODE.test(error.errorCode) ? error.errorCode : undefined;
  const fields = (error.errors ?? []).flatMap(({ fieldName }) =>
    fieldName === undefined ? [] : [cutText(fieldName.replace(/^\//, ''), 60)],
  );
  const retryAfterMs = parseRetryAfterMs(answer.headers.get('retry-after'), context.now);
  const kind = toKind(answer.status, code, context.method);
  return {
    ok: false,
    kind,
    reason: redact(toReason(kind, answer.status, code, error.message, fields), context.secrets),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(fields.length === 0 ? {} : { fields }),
  };
}

function toKind(status: number, code: string | undefined, method: Method): ZohoFailureKind {
  if (status === 429) return code === 'THRESHOLD_EXCEEDED' ? 'credits_exhausted' : 'rate_limited';
  if (status === 401) return 'unauthorized';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'not_found';
  if (status === 408 || status === 425 || status === 503) return 'unavailable';
  // Of the other 5xx nobody knows whether the work was done; a POST is not safe to repeat.
  if (status >= 500) return method === 'POST' ? 'lost' : 'unavailable';
  if (status >= 300 && status < 400) return 'needs_person';
  return 'invalid';
}

function toReason(
  kind: ZohoFailureKind,
  status: number,
  code: string | undefined,
  message: string | undefined,
  fields: string[],
): string {
  const said = [
    `Zoho answered ${code ?? status}`,
    ...(message === undefined ? [] : [cutText(message, 200)]),
    ...(fields.length === 0 ? [] : [`fields: ${cutText(fields.join(', '), 200)}`]),
  ].join(': ');
  switch (kind) {
    case 'credits_exhausted':
      return 'the API credits of the day are used up in Zoho Desk';
    case 'rate_limited':
      return 'Zoho Desk has too many calls of this portal under way';
    case 'unauthorized':
      return `${said}; check ZOHO_ORG_ID and the scopes of the refresh token`;
    case 'needs_person':
      return `Zoho redirects (${status}): check ZOHO_DC and ZOHO_DESK_URL`;
    default:
      return said;
  }
}

/** Whether a 401 says that the token ended or was revoked, which a new one mends; a missing right it does not mend. */
export function isTokenRefused(answer: Answer): boolean {
  if (answer.status !== 401) return false;
  const { errorCode } = errorSchema.parse(parseJsonText(answer.body)?.value ?? {});
  return errorCode === undefined || errorCode === 'INVALID_OAUTH';
}

/** From the headers X-Rate-Limit-…-v3; undefined where Zoho does not send them. */
export function readCredits(headers: Headers): ZohoCredits | undefined {
  const cost = readCount(headers.get('x-rate-limit-request-weight-v3'));
  const remaining = readCount(headers.get('x-rate-limit-remaining-v3'));
  if (cost === undefined && remaining === undefined) return undefined;
  return { ...(cost === undefined ? {} : { cost }), ...(remaining === undefined ? {} : { remaining }) };
}

function readCount(header: string | null): number | undefined {
  return header !== null && /^\d{1,12}$/.test(header) ? Number(header) : undefined;
}
