/**
 * The error answers of Zoho Desk as its OpenAPI files document them. A handler throws a `ZohoRefusal`, the server sends
 * it; a fault sends one without any handler.
 */
import type { FaultAnswer, FaultPresets } from '../http/faults.ts';

export interface FieldError {
  /** A JSON pointer such as `/agentId`. */
  fieldName: string;
  errorType: 'invalid' | 'duplicate' | 'missing';
  errorMessage: string;
}

/** Thrown by the stand-in's handlers; carries the whole answer. */
export class ZohoRefusal extends Error {
  readonly answer: FaultAnswer;
  constructor(answer: FaultAnswer) {
    super(`refused with ${answer.status}`);
    this.answer = answer;
  }
}

function error(status: number, errorCode: string, message: string, headers?: Record<string, string>): FaultAnswer {
  return { status, body: { errorCode, message }, ...(headers === undefined ? {} : { headers }) };
}

export const zohoErrors = {
  badRequest: () => error(400, 'BAD_REQUEST', 'You are not authorized to perform this operation.'),
  unauthorized: () => error(401, 'UNAUTHORIZED', 'You are not authorized to perform this operation.'),
  invalidOauth: () => error(401, 'INVALID_OAUTH', 'The OAuth Token you provided is invalid.'),
  forbidden: () => error(403, 'FORBIDDEN', 'You are not authorized to access this resource.'),
  orgMismatch: () => error(403, 'OAUTH_ORG_MISMATCH', 'The OAuth Token does not belong to the given organization.'),
  scopeMismatch: () => error(403, 'SCOPE_MISMATCH', 'The OAuth Token does not have the scope for this operation.'),
  license: (): FaultAnswer => ({
    status: 403,
    body: {
      errorCode: 'LICENSE_ACCESS_LIMITED',
      maxAllowedEntity: '10',
      feature: 'AGENTS',
      editionType: 'FREE',
      isTrial: false,
      message: 'Your Zoho Desk Edition does not support this feature/operation.',
    },
  }),
  notFound: () => error(404, 'URL_NOT_FOUND', 'The URL you requested could not be found.'),
  methodNotAllowed: () => error(405, 'METHOD_NOT_ALLOWED', 'The method is not allowed for this URL.'),
  unprocessable: (message: string) => error(422, 'UNPROCESSABLE_ENTITY', message),
  invalidData: (...errors: FieldError[]): FaultAnswer => ({
    status: 422,
    body: {
      errorCode: 'INVALID_DATA',
      message: 'The data does not comply to the validation restrictions defined.',
      errors,
    },
  }),
  /** Concurrency: without `Retry-After`. */
  tooManyRequests: () =>
    error(429, 'TOO_MANY_REQUESTS', 'You have reached the concurrency limit. Please try again after some time.'),
  /** The day's credits are gone: `Retry-After` says for how long. */
  thresholdExceeded: (retryAfterSeconds: number) =>
    error(429, 'THRESHOLD_EXCEEDED', 'You have exceeded the API credits of the day.', {
      'Retry-After': String(retryAfterSeconds),
    }),
  internal: () =>
    error(500, 'INTERNAL_SERVER_ERROR', 'An internal server error occurred while performing this operation.'),
};

/** The refusal of one field of a body: 422 INVALID_DATA. `fieldName` is a JSON pointer. */
export function invalidField(
  fieldName: string,
  errorMessage: string,
  errorType: FieldError['errorType'] = 'invalid',
): ZohoRefusal {
  return new ZohoRefusal(zohoErrors.invalidData({ fieldName, errorType, errorMessage }));
}

/** What `POST /__faults` of the Zoho stand-in knows beside the faults of every server. */
export const zohoFaultPresets: FaultPresets = {
  bad_request: zohoErrors.badRequest,
  unauthorized: zohoErrors.unauthorized,
  invalid_oauth: zohoErrors.invalidOauth,
  forbidden: zohoErrors.forbidden,
  org_mismatch: zohoErrors.orgMismatch,
  scope_mismatch: zohoErrors.scopeMismatch,
  license: zohoErrors.license,
  not_found: zohoErrors.notFound,
  unprocessable: () => zohoErrors.unprocessable('The request cannot be processed.'),
  invalid_data: () =>
    zohoErrors.invalidData({ fieldName: '/agentId', errorType: 'invalid', errorMessage: 'The value is invalid.' }),
  too_many_requests: zohoErrors.tooManyRequests,
  threshold_exceeded: (fault) => zohoErrors.thresholdExceeded(fault.retryAfterSeconds ?? 60),
  internal_error: zohoErrors.internal,
  bad_gateway: () => ({ status: 502, body: '<html><body>Bad Gateway</body></html>' }),
  unavailable: () => ({ status: 503, body: '<html><body>Service Unavailable</body></html>' }),
  oauth_denied: () => ({
    status: 200,
    body: {
      error: 'Access Denied',
      error_description: 'You have made too many requests continuously. Please try again after some time.',
      status: 'failure',
    },
  }),
  oauth_invalid_code: () => ({ status: 200, body: { error: 'invalid_code' } }),
  oauth_invalid_client: () => ({ status: 200, body: { error: 'invalid_client' } }),
};
