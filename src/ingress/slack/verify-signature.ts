import { hmacSha256Hex } from '../../domain/hash.ts';

/**
 * Whether Slack sent it: HMAC-SHA256 of `v0:<timestamp>:<raw body>` by the app's signing secret, in `x-slack-signature`.
 * A request older than five minutes is refused, so that one that was overheard is of no use later. (docs.slack.dev,
 * "Verifying requests from Slack", read in 2026-06)
 */
export interface SlackRequest {
  /** `x-slack-request-timestamp`: epoch seconds. */
  timestamp: string | undefined;
  /** `x-slack-signature`: `v0=` and 64 hexadecimal digits. */
  signature: string | undefined;
  /** As it came, before anything is parsed. */
  body: string;
}

export type SignatureCheck = { ok: true } | { ok: false; check: 'timestamp' | 'skew' | 'signature' };

const MAX_SKEW_MS = 300_000;

/** `now` is epoch ms. */
export function verifySlackSignature(
  secret: string,
  { timestamp = '', signature = '', body }: SlackRequest,
  now: number,
): SignatureCheck {
  if (!/^\d{1,12}$/.test(timestamp)) return { ok: false, check: 'timestamp' };
  if (Math.abs(now - Number(timestamp) * 1000) > MAX_SKEW_MS) return { ok: false, check: 'skew' };
  const expected = `v0=${hmacSha256Hex(secret, `v0:${timestamp}:${body}`)}`;
  return isSame(expected, signature) ? { ok: true } : { ok: false, check: 'signature' };
}

/** In a time that tells nothing of where the two differ. */
function isSame(expected: string, given: string): boolean {
  if (given.length !== expected.length) return false;
  let difference = 0;
  for (let index = 0; index < expected.length; index += 1) {
    difference |= expected.charCodeAt(index) ^ given.charCodeAt(index);
  }
  return difference === 0;
}
