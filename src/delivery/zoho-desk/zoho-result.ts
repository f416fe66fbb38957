/**
 * How a call of Zoho ends. What Zoho can answer is a value with a closed list of kinds:
 *
 * - `not_found`, `forbidden`, `invalid` (the request breaks a rule of Zoho's), `unauthorized` (the token lacks a right)
 * - `rate_limited` (too much at once), `credits_exhausted` (the day's calls are used up), `unavailable`: come back later
 * - `lost`: a change was sent and no answer came, so it may have been made
 * - `needs_person`: the credentials or addresses are wrong, and trying again cannot help
 */
export type ZohoFailureKind =
  | 'not_found'
  | 'forbidden'
  | 'invalid'
  | 'unauthorized'
  | 'rate_limited'
  | 'credits_exhausted'
  | 'unavailable'
  | 'lost'
  | 'needs_person';

export interface ZohoFailure {
  ok: false;
  kind: ZohoFailureKind;
  /** One sentence for people; no secret and no personal data. */
  reason: string;
  retryAfterMs?: number;
  /** With `invalid`: the fields that Zoho objects to, without the leading slash, such as `agentId`. */
  fields?: string[];
}

export interface ZohoCredits {
  /** What the call cost. */
  cost?: number;
  /** What is left for the day. */
  remaining?: number;
}

export type ZohoResult<T> = { ok: true; value: T; credits?: ZohoCredits } | ZohoFailure;

/** The same result with another value. */
export function mapResult<T, U>(result: ZohoResult<T>, map: (value: T) => U): ZohoResult<U> {
  return result.ok ? { ...result, value: map(result.value) } : result;
}
