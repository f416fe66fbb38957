import { ErrorCode, type Logger, LogLevel, WebClient } from '@slack/web-api';
import { isJsonObject } from '../../domain/json.ts';
import { parseRetryAfterMs } from '../retry-after.ts';
import type { Fetch } from '../send-request.ts';
import { classifyTransportFault, type TransportFault } from '../transport-fault.ts';

/**
 * One call of Slack's Web API, its end told as a value. The SDK is kept from repeating anything (by default it repeats
 * time-outs, and a message is posted twice) and from pausing all channels when one is rate limited: both are the
 * delivery queue's business.
 */
export interface SlackApiOptions {
  token: string;
  /** Default https://slack.com/api. */
  apiUrl?: string | undefined;
  fetch?: Fetch | undefined;
  timeoutMs?: number | undefined;
}

export type SlackAnswer =
  | { ok: true; data: Record<string, unknown> }
  /** Slack said no: `error` is its code, such as not_in_channel. `needed` names the missing scope. */
  | { ok: false; kind: 'error'; error: string; details: string[]; needed?: string; retryAfterMs?: number }
  /** A status other than 200: Slack uses 429 only, the rest comes from what stands between. */
  | { ok: false; kind: 'status'; status: number; retryAfterMs?: number }
  /** A 200 whose body is not Slack's. */
  | { ok: false; kind: 'garbled' }
  | { ok: false; kind: 'transport'; fault: TransportFault; detail?: string };

export const SLACK_TIMEOUT_MS = 10_000;

/** `now` (epoch ms) is for Retry-After. */
export async function callSlack(
  options: SlackApiOptions,
  method: string,
  args: Record<string, unknown>,
  now: number,
  signal: AbortSignal,
): Promise<SlackAnswer> {
  if (signal.aborted) return { ok: false, kind: 'transport', fault: 'stopped' };
  const timeout = AbortSignal.timeout(options.timeoutMs ?? SLACK_TIMEOUT_MS);
  const ends = AbortSignal.any([signal, timeout]);
  const fetch = options.fetch ?? globalThis.fetch;
  let seen: Response | undefined;
  // A client for each call (0.1 ms): the SDK takes no signal per call, and on Workers nothing may outlive its request.
  const client = new WebClient(options.token, {
    ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
    allowAbsoluteUrls: false,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: silentLogger,
    fetch: async (url, init) => {
      seen = await fetch(String(url), { ...init, redirect: 'manual', signal: ends });
      return seen;
    },
  });
  try {
    return { ok: true, data: { ...(await client.apiCall(method, args)) } };
  } catch (error) {
    const retryAfterMs = parseRetryAfterMs(seen?.headers.get('retry-after'), now);
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    // Judged by the response itself: for a 429 without a Retry-After the SDK throws a bare Error.
    if (seen !== undefined && seen.status !== 200) return { ok: false, kind: 'status', status: seen.status, ...wait };
    const refusal = toRefusal(error);
    if (refusal !== undefined) return refusal.kind === 'error' ? { ...refusal, ...wait } : refusal;
    return { ok: false, kind: 'transport', ...classifyTransportFault(error, { caller: signal, timeout }) };
  }
}

type Refusal = Extract<SlackAnswer, { kind: 'error' | 'garbled' }>;

/** Slack's own `ok: false`; undefined when the error is of another kind. */
function toRefusal(error: unknown): Refusal | undefined {
  const { code, data } = error as { code?: unknown; data?: unknown };
  if (code !== ErrorCode.PlatformError || !isJsonObject(data)) return undefined;
  // The SDK puts a body that is no JSON into `error` whole.
  if (typeof data.error !== 'string' || !/^[a-z0-9_]{1,80}$/i.test(data.error)) return { ok: false, kind: 'garbled' };
  const metadata = isJsonObject(data.response_metadata) ? data.response_metadata : {};
  const details = Array.isArray(metadata.messages) ? metadata.messages.map(String) : [];
  const needed = typeof data.needed === 'string' ? { needed: data.needed } : {};
  return { ok: false, kind: 'error', error: data.error, details, ...needed };
}

/** The SDK would log requests with their texts; what matters of them reaches the outcome. */
const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
};
