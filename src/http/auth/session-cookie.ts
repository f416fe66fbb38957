import type { Context } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import type { Clock } from '../../domain/clock.ts';
import { sha256Hex } from '../../domain/hash.ts';

/**
 * The login of the board: a signed cookie with the time at which it ends. Signed by a key made of the admin token, so
 * that a new token ends all logins.
 */
const NAME = 'vigia_session';
const LIFETIME_MS = 7 * 86_400_000;

export interface SessionCookie {
  issue(c: Context): Promise<void>;
  isValid(c: Context): Promise<boolean>;
  clear(c: Context): void;
}

export function createSessionCookie(adminToken: string, clock: Clock): SessionCookie {
  const key = sha256Hex(`vigia_session ${adminToken}`);
  return {
    async issue(c) {
      const nonce = crypto.randomUUID();
      await setSignedCookie(c, NAME, `${clock.now() + LIFETIME_MS}.${nonce}`, key, {
        path: '/',
        httpOnly: true,
        // Lax and not Strict: a link on a Slack card must find the login. What changes something is checked by origin.
        sameSite: 'Lax',
        secure: isSecure(c),
        maxAge: LIFETIME_MS / 1000,
      });
    },
    async isValid(c) {
      const value = await getSignedCookie(c, key, NAME);
      return typeof value === 'string' && Number(value.split('.')[0]) > clock.now();
    },
    clear: (c) => void deleteCookie(c, NAME, { path: '/', secure: isSecure(c) }),
  };
}

/** A browser keeps a Secure cookie only from an https address; behind a proxy ours is http. */
function isSecure(c: Context): boolean {
  return new URL(c.req.url).protocol === 'https:' || c.req.header('x-forwarded-proto') === 'https';
}
