import { getLogger } from '@logtape/logtape';
import { type Clock, isWithin } from '../../domain/clock.ts';
import { parseJsonText } from '../../domain/json-text.ts';
import { type Fetch, type SendResult, sendRequest } from '../send-request.ts';
import type { AccessTokens } from './access-tokens.ts';
import { createLimiter } from './limiter.ts';
import { isTokenRefused, type Method, readCredits, toZohoFailure } from './zoho-answer.ts';
import type { ZohoFailure, ZohoResult } from './zoho-result.ts';

/**
 * One call of Zoho Desk's API with all that is the same for each: a place among the calls in flight, the token (one
 * renewal and one resend when Zoho refuses it), the two kinds of 429, time-outs. A GET that got no answer is
 * `unavailable`; a change that got none is `lost`.
 */
export interface ZohoHttp {
  /** The parsed body; undefined for an empty one (204 is Zoho's empty list). */
  request(call: ZohoCall, signal: AbortSignal): Promise<ZohoResult<unknown>>;
}

export interface ZohoCall {
  method: Method;
  /** After /api/v1, its parts encoded already. Logged: holds ids only. */
  path: string;
  /** Undefined values are left out: Zoho refuses parameters that it does not know, and empty ones. */
  query?: Record<string, string | number | undefined>;
  body?: unknown;
}

export interface ZohoHttpOptions {
  deskUrl: string;
  orgId: string;
  tokens: AccessTokens;
  clock: Clock;
  fetch: Fetch;
  concurrency: number;
  timeoutMs: number;
  random: () => number;
}

const MAX_BODY_BYTES = 8_388_608;
/** Waits before the resends of a call that met too many others: 0.25–0.5 s, 0.5–1 s, 1–2 s. */
const BUSY_WAITS_MS = [500, 1_000, 2_000];
/** Without a Retry-After the day's credits are asked about again after this long. */
const CREDITS_WAIT_MS = 900_000;

const log = getLogger(['vigia', 'zoho']);

export function createZohoHttp(options: ZohoHttpOptions): ZohoHttp {
  const { clock, tokens } = options;
  const limiter = createLimiter(options.concurrency);
  /** Since when, and for how long, there are no credits. */
  let exhausted: { since: number; ms: number } | undefined;

  async function request(call: ZohoCall, signal: AbortSignal): Promise<ZohoResult<unknown>> {
    // The place is kept while it waits after a 429: fewer calls at once is what Zoho asks for.
    return (await limiter.run(() => untilNotBusy(call, signal), signal)) ?? stopped();
  }

  async function untilNotBusy(call: ZohoCall, signal: AbortSignal): Promise<ZohoResult<unknown>> {
    for (const waitMs of BUSY_WAITS_MS) {
      const result = await withToken(call, signal);
      if (result.ok || result.kind !== 'rate_limited' || result.retryAfterMs !== undefined) return result;
      await clock.sleep(waitMs / 2 + (options.random() * waitMs) / 2, signal);
      if (signal.aborted) return stopped();
    }
    return withToken(call, signal);
  }

  async function withToken(call: ZohoCall, signal: AbortSignal): Promise<ZohoResult<unknown>> {
    if (exhausted !== undefined && isWithin(exhausted.ms, exhausted.since, clock.now())) {
      return creditsExhausted(exhausted.since + exhausted.ms - clock.now());
    }
    const token = await tokens.get();
    if (!token.ok) return token;
    const first = await send(call, token.accessToken, signal);
    if (!first.ok || !isTokenRefused(first.answer)) return settle(call, first);
    log.info('Zoho refuses the access token: asking for another');
    const renewed = await tokens.renew(token.accessToken);
    return renewed.ok ? settle(call, await send(call, renewed.accessToken, signal)) : renewed;
  }

  async function send(call: ZohoCall, accessToken: string, signal: AbortSignal): Promise<SendResult> {
    const startedAt = clock.now();
    const sent = await sendRequest(
      toUrl(options.deskUrl, call),
      {
        method: call.method,
        headers: {
          authorization: `Zoho-oauthtoken ${accessToken}`,
          orgId: options.orgId,
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      },
      { fetch: options.fetch, timeoutMs: options.timeoutMs, maxBodyBytes: MAX_BODY_BYTES, signal },
    );
    log.debug('{method} {path} {result} in {ms} ms', {
      method: call.method,
      path: call.path,
      result: sent.ok ? sent.answer.status : sent.fault,
      ms: clock.now() - startedAt,
    });
    return sent;
  }

  function settle(call: ZohoCall, sent: SendResult): ZohoResult<unknown> {
    if (!sent.ok) return toFailure(call.method, sent, options.timeoutMs);
    const { status, headers, body, complete } = sent.answer;
    if (status < 200 || status >= 300) {
      const failure = toZohoFailure(sent.answer, {
        method: call.method,
        now: clock.now(),
        secrets: tokens.secrets(),
      });
      if (failure.kind !== 'credits_exhausted') return failure;
      exhausted = { since: clock.now(), ms: failure.retryAfterMs ?? CREDITS_WAIT_MS };
      log.warn('{reason}; no call before {until}', {
        reason: failure.reason,
        until: new Date(exhausted.since + exhausted.ms).toISOString(),
      });
      return creditsExhausted(exhausted.ms);
    }
    const credits = readCredits(headers);
    const spent = credits === undefined ? {} : { credits };
    if (body === '' && complete) return { ok: true, value: undefined, ...spent };
    const parsed = complete ? parseJsonText(body) : undefined;
    return parsed === undefined ? unreadable(call.method) : { ok: true, value: parsed.value, ...spent };
  }

  return { request };
}

function toUrl(deskUrl: string, { path, query = {} }: ZohoCall): string {
  const url = new URL(`${deskUrl}/api/v1${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
  }
  return url.href;
}

function toFailure(method: Method, sent: Extract<SendResult, { ok: false }>, timeoutMs: number): ZohoFailure {
  const { fault, detail } = sent;
  if (fault === 'stopped') return stopped();
  if (fault === 'not_sent') return unavailable(`Zoho Desk could not be reached (${detail ?? 'no connection'})`);
  const reason = {
    timed_out: `Zoho Desk did not answer within ${timeoutMs / 1_000} s`,
    lost: 'the connection to Zoho Desk was lost before it answered',
    aborted: 'Vigia was stopped while Zoho Desk had not answered yet',
  }[fault];
  return method === 'GET' ? unavailable(reason) : { ok: false, kind: 'lost', reason };
}

/** A 2xx that cannot be read: a change was made, or nearly surely, but what it led to is not known. */
function unreadable(method: Method): ZohoFailure {
  const reason = 'Zoho Desk answered something that is not its JSON: check ZOHO_DESK_URL and any proxy';
  return method === 'GET' ? unavailable(reason) : { ok: false, kind: 'lost', reason };
}

function unavailable(reason: string): ZohoFailure {
  return { ok: false, kind: 'unavailable', reason };
}

function stopped(): ZohoFailure {
  return unavailable('Vigia was stopping; nothing was sent');
}

function creditsExhausted(retryAfterMs: number): ZohoFailure {
  const reason = 'the API credits of the day are used up in Zoho Desk';
  return { ok: false, kind: 'credits_exhausted', reason, retryAfterMs };
}
