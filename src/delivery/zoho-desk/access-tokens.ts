import { getLogger } from '@logtape/logtape';
import * as z from 'zod';
import { type Clock, isWithin } from '../../domain/clock.ts';
import { sha256Hex } from '../../domain/hash.ts';
import { parseJsonText } from '../../domain/json-text.ts';
import { parseRetryAfterMs } from '../retry-after.ts';
import { type Answer, type Fetch, sendRequest } from '../send-request.ts';
import type { ZohoFailure } from './zoho-result.ts';

/**
 * Access tokens for Zoho. Zoho gives ten in ten minutes for one refresh token and denies the rest, so one is kept for
 * its hour and shared: by all callers of this process (one refresh at a time), and by all processes through the store,
 * whose lock makes the others wait for the one that asks and then use its token.
 */
export interface StoredToken {
  accessToken: string;
  /** Epoch ms. */
  expiresAt: number;
}

/** Where processes share the token; `key` names the credentials and holds nothing secret. */
export interface TokenStore {
  read(key: string): Promise<StoredToken | undefined>;
  /**
   * Runs `work` for one caller at a time across all processes, with the token as it stands inside the lock, and keeps
   * the token that it returns.
   */
  withRefreshLock<T>(
    key: string,
    work: (current: StoredToken | undefined) => Promise<{ token?: StoredToken; value: T }>,
  ): Promise<T>;
}

export interface AccessTokensOptions {
  /** Such as https://accounts.zoho.eu. */
  accountsUrl: string;
  clientId: string;
  clientSecret: string;
  refreshToken: string;
  clock: Clock;
  store: TokenStore;
  fetch: Fetch;
  timeoutMs: number;
}

export type TokenResult = { ok: true; accessToken: string } | ZohoFailure;

export interface AccessTokens {
  /** A token that should be good for another minute. */
  get(): Promise<TokenResult>;
  /** A token other than the one that Zoho has just refused. */
  renew(refused: string): Promise<TokenResult>;
  /** What must not be shown: the credentials, the token in use and the one before. */
  secrets(): string[];
}

/** A token is renewed this long before it ends: a call under way must not outlive it. */
const MARGIN_MS = 60_000;
const DEFAULT_LIFE_MS = 3_600_000;
/** After "Access Denied" nobody asks for this long: asking again prolongs it. */
const DENIED_WAIT_MS = 120_000;
/** How long a refusal of the credentials is believed before they are tried again: somebody may have mended it. */
const BROKEN_WAIT_MS = 60_000;
/** Renewals of refused tokens in ten minutes; more would use up the ten that Zoho gives, for nothing. */
const MAX_RENEWALS = 5;
const RENEWAL_WINDOW_MS = 600_000;
const MAX_BODY_BYTES = 65_536;

const log = getLogger(['vigia', 'zoho']);

export function createAccessTokens(options: AccessTokensOptions): AccessTokens {
  const { clock, store } = options;
  const key = `zoho:${sha256Hex(`${options.accountsUrl} ${options.clientId} ${options.refreshToken}`).slice(0, 32)}`;
  let current: StoredToken | undefined;
  let previous: StoredToken | undefined;
  let refreshing: Promise<TokenResult> | undefined;
  let rest: { since: number; ms: number; failure: ZohoFailure } | undefined;
  let renewals: number[] = [];

  const isGood = (token: StoredToken | undefined, refused?: string): token is StoredToken =>
    token !== undefined && token.accessToken !== refused && token.expiresAt - MARGIN_MS > clock.now();

  function use(token: StoredToken): TokenResult {
    if (current?.accessToken !== token.accessToken) [previous, current] = [current, token];
    return { ok: true, accessToken: token.accessToken };
  }

  /** The callers that come while one refresh is under way share its end. */
  function refreshOnce(refused?: string): Promise<TokenResult> {
    refreshing ??= refresh(refused).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function refresh(refused: string | undefined): Promise<TokenResult> {
    const stored = await store.read(key);
    if (isGood(stored, refused)) return use(stored);
    if (rest !== undefined && isWithin(rest.ms, rest.since, clock.now())) {
      return { ...rest.failure, retryAfterMs: rest.since + rest.ms - clock.now() };
    }
    if (refused !== undefined && !takeRenewal()) {
      const reason = 'Zoho keeps refusing new tokens: check ZOHO_DC and that the refresh token is of this portal';
      return { ok: false, kind: 'unauthorized', reason };
    }
    return store.withRefreshLock<TokenResult>(key, async (held) => {
      // Another process may have refreshed while this one waited for the lock.
      if (isGood(held, refused)) return { value: use(held) };
      const asked = await askForToken(options);
      if (asked.ok) return { token: asked.token, value: use(asked.token) };
      const { failure } = asked;
      if (failure.kind === 'needs_person') rest = { since: clock.now(), ms: BROKEN_WAIT_MS, failure };
      if (failure.kind === 'rate_limited') rest = { since: clock.now(), ms: DENIED_WAIT_MS, failure };
      return { value: failure };
    });
  }

  function takeRenewal(): boolean {
    const now = clock.now();
    renewals = renewals.filter((at) => isWithin(RENEWAL_WINDOW_MS, at, now));
    if (renewals.length >= MAX_RENEWALS) return false;
    renewals.push(now);
    return true;
  }

  return {
    get: async () => (isGood(current) ? use(current) : refreshOnce()),
    renew: async (refused) => {
      if (isGood(current, refused)) return use(current);
      const shared = await refreshOnce(refused);
      // The refresh that was under way may have been somebody's who did not know that this token is refused.
      return shared.ok && shared.accessToken === refused ? refreshOnce(refused) : shared;
    },
    secrets: () => [
      options.clientSecret,
      options.refreshToken,
      ...[current, previous].flatMap((token) => (token === undefined ? [] : [token.accessToken])),
    ],
  };
}

/** Nobody's signal stops it: whoever waits for the same token would lose it too. */
const NEVER = new AbortController().signal;

async function askForToken(
  options: AccessTokensOptions,
): Promise<{ ok: true; token: StoredToken } | { ok: false; failure: ZohoFailure }> {
  const { clock, fetch, timeoutMs } = options;
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: options.clientId,
    client_secret: options.clientSecret,
    refresh_token: options.refreshToken,
  });
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: body.toString(),
  };
  const limits = { fetch, timeoutMs, maxBodyBytes: MAX_BODY_BYTES, signal: NEVER };
  const sent = await sendRequest(`${options.accountsUrl}/oauth/v2/token`, init, limits);
  if (!sent.ok) {
    log.warn('no access token: {fault} {detail}', { fault: sent.fault, detail: sent.detail });
    const reason = `Zoho's accounts server could not be reached (${sent.detail ?? sent.fault})`;
    return { ok: false, failure: { ok: false, kind: 'unavailable', reason } };
  }
  const asked = readTokenAnswer(sent.answer, clock.now());
  if (asked.ok) log.debug('new access token until {until}', { until: new Date(asked.token.expiresAt).toISOString() });
  else log.warn('no access token: {reason}', { reason: asked.failure.reason });
  return asked;
}

const tokenSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});
const errorSchema = z.object({ error: z.string(), error_description: z.string().optional().catch(undefined) });

/** Errors that say the credentials are wrong: only a person can mend them. */
const BAD_CREDENTIALS = new Map([
  ['invalid_code', 'the refresh token is no longer valid: make a new one and set ZOHO_REFRESH_TOKEN'],
  ['invalid_grant', 'the refresh token is no longer valid: make a new one and set ZOHO_REFRESH_TOKEN'],
  ['invalid_client', 'ZOHO_CLIENT_ID is wrong, or the client belongs to another data centre (ZOHO_DC)'],
  ['invalid_client_secret', 'ZOHO_CLIENT_SECRET is wrong'],
  ['unauthorized_client', 'the client is not allowed to use refresh tokens: register a server-based client'],
]);

/** Errors come with HTTP 200 and a member `error`. */
function readTokenAnswer(
  answer: Answer,
  now: number,
): { ok: true; token: StoredToken } | { ok: false; failure: ZohoFailure } {
  const fail = (kind: ZohoFailure['kind'], reason: string, retryAfterMs?: number) => {
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { ok: false as const, failure: { ok: false as const, kind, reason, ...wait } };
  };
  const json = parseJsonText(answer.body)?.value;
  const token = tokenSchema.safeParse(json);
  if (answer.status === 200 && token.success) {
    const lifeMs = (token.data.expires_in ?? DEFAULT_LIFE_MS / 1_000) * 1_000;
    // Some of Zoho's servers have answered milliseconds under the same name; no token lives over a day.
    const expiresAt = now + (lifeMs > 86_400_000 ? lifeMs / 1_000 : lifeMs);
    return { ok: true, token: { accessToken: token.data.access_token, expiresAt } };
  }
  const error = errorSchema.safeParse(json).data;
  const remedy = BAD_CREDENTIALS.get(error?.error ?? '');
  if (remedy !== undefined) return fail('needs_person', `Zoho gives no access token: ${remedy}`);
  const denied = /access denied|too many requests/i.test(`${error?.error} ${error?.error_description}`);
  if (denied || answer.status === 429) {
    const wait = parseRetryAfterMs(answer.headers.get('retry-after'), now) ?? DENIED_WAIT_MS;
    return fail('rate_limited', 'Zoho gives no more access tokens for now (ten in ten minutes)', wait);
  }
  if (answer.status >= 300 && answer.status < 400) {
    return fail('needs_person', 'the accounts server redirects: check ZOHO_DC and ZOHO_ACCOUNTS_URL');
  }
  const code = /^\w{1,40}$/.test(error?.error ?? '') ? ` (${error?.error})` : '';
  return fail('unavailable', `Zoho's accounts server answered ${answer.status} without a token${code}`);
}
