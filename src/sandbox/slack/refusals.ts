/** Slack's errors: HTTP 200 with `ok: false`, save for the rate limit, which is HTTP 429 with `Retry-After`. */
import type { FaultAnswer, FaultPresets } from '../http/faults.ts';

/** Thrown by a method of the stand-in; becomes `{ ok: false, error }`. */
export class SlackRefusal extends Error {
  readonly answer: FaultAnswer;
  constructor(error: string, extra: Record<string, unknown> = {}) {
    super(error);
    this.answer = { status: 200, body: { ok: false, error, ...extra } };
  }
}

export function rateLimited(retryAfterSeconds: number): FaultAnswer {
  return {
    status: 429,
    headers: { 'Retry-After': String(retryAfterSeconds) },
    body: { ok: false, error: 'ratelimited' },
  };
}

const refused = (error: string) => (): FaultAnswer => ({ status: 200, body: { ok: false, error } });

/**
 * What `POST /__faults` of the Slack stand-in knows beside the faults of every server. The second group is transient
 * although it comes with HTTP 200.
 */
export const slackFaultPresets: FaultPresets = {
  ratelimited: (fault) => rateLimited(fault.retryAfterSeconds ?? 30),

  rate_limited: refused('rate_limited'),
  internal_error: refused('internal_error'),
  fatal_error: refused('fatal_error'),
  service_unavailable: refused('service_unavailable'),
  request_timeout: refused('request_timeout'),

  channel_not_found: refused('channel_not_found'),
  not_in_channel: refused('not_in_channel'),
  is_archived: refused('is_archived'),
  invalid_auth: refused('invalid_auth'),
  token_revoked: refused('token_revoked'),
  account_inactive: refused('account_inactive'),
  missing_scope: refused('missing_scope'),
  message_not_found: refused('message_not_found'),
  cant_update_message: refused('cant_update_message'),
  edit_window_closed: refused('edit_window_closed'),
  msg_too_long: refused('msg_too_long'),
  invalid_blocks: refused('invalid_blocks'),

  http_500: () => ({ status: 500, body: 'Internal Server Error' }),
  http_503: () => ({ status: 503, body: '<html><body>Service Unavailable</body></html>' }),
};
