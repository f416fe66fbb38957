/**
 * The accounts server: refresh tokens for access tokens. As documented, its errors come with HTTP 200; more than ten
 * access tokens in ten minutes for one refresh token are denied; a token lives an hour of the clock's time.
 */
import type { Clock } from '../../domain/clock.ts';
import { sha256Hex } from '../../domain/hash.ts';
import type { World } from '../world.ts';

export const TOKEN_LIFE_SECONDS = 3600;
const WINDOW_MS = 600_000;
const TOKENS_PER_WINDOW = 10;

export interface Accounts {
  /** The answer to a form post on `/oauth/v2/token`; always HTTP 200. */
  refresh(form: URLSearchParams): Record<string, unknown>;
  /** Whether this access token was issued, is not revoked and has not expired. */
  accepts(token: string): boolean;
  /** Makes every issued token invalid, as if the user had withdrawn them. */
  revokeTokens(): void;
  /** How many tokens have been issued in all. */
  readonly issued: number;
}

export function createAccounts(clock: Clock, oauth: World['oauth']): Accounts {
  const expiry = new Map<string, number>();
  let issuedAt: number[] = [];
  let issued = 0;
  return {
    refresh: (form) => {
      if (form.get('grant_type') !== 'refresh_token') return { error: 'unsupported_grant_type' };
      if (form.get('client_id') !== oauth.clientId) return { error: 'invalid_client' };
      if (form.get('client_secret') !== oauth.clientSecret) return { error: 'invalid_client_secret' };
      if (form.get('refresh_token') !== oauth.refreshToken) return { error: 'invalid_code' };
      const now = clock.now();
      issuedAt = issuedAt.filter((at) => at > now - WINDOW_MS);
      if (issuedAt.length >= TOKENS_PER_WINDOW) return denied();
      for (const [token, at] of expiry) if (at <= now) expiry.delete(token);
      issuedAt.push(now);
      issued += 1;
      const secret = sha256Hex(`access token ${issued} at ${now}`);
      const token = `1000.${secret.slice(0, 32)}.${secret.slice(32)}`;
      expiry.set(token, now + TOKEN_LIFE_SECONDS * 1000);
      return {
        access_token: token,
        // Not the host for Desk calls: a client that follows it talks to the wrong server.
        api_domain: 'https://www.zohoapis.com',
        token_type: 'Bearer',
        expires_in: TOKEN_LIFE_SECONDS,
      };
    },
    accepts: (token) => (expiry.get(token) ?? 0) > clock.now(),
    revokeTokens: () => expiry.clear(),
    get issued() {
      return issued;
    },
  };
}

function denied(): Record<string, unknown> {
  return {
    error: 'Access Denied',
    error_description: 'You have made too many requests continuously. Please try again after some time.',
    status: 'failure',
  };
}
