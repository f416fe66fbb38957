import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { AppError } from '../../domain/errors.ts';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { createSecretMatcher } from '../secrets.ts';
import { isLocal, isSameOrigin, isUnsafe } from './same-origin.ts';
import { createSessionCookie, type SessionCookie } from './session-cookie.ts';

/**
 * Who may do what. The API wants the admin token as a bearer token, or the cookie of a login. The board wants the same,
 * unless the server listens on loopback and the request is local. Without an admin token the API is open to local
 * requests of a server that listens on loopback, and to nobody elsewhere.
 */
export interface Access {
  api: ReturnType<typeof createMiddleware<AppEnv>>;
  board: ReturnType<typeof createMiddleware<AppEnv>>;
  /** Undefined without an admin token: there is nothing to log in with. */
  login: { matchesToken(given: string): boolean; cookie: SessionCookie } | undefined;
}

type Denial = { kind: 'unknown' } | { kind: 'wrong_token' } | { kind: 'cross_site' };

export function createAccess({ config, clock }: Pick<AppDeps, 'config' | 'clock'>): Access {
  const { adminToken, listensOnLoopback, publicUrl } = config;
  const login =
    adminToken === undefined
      ? undefined
      : { matchesToken: createSecretMatcher(adminToken), cookie: createSessionCookie(adminToken, clock) };

  /** Who it is, for the audit, or why not. */
  async function identify(c: Context, openLocally: boolean): Promise<string | Denial> {
    const bearer = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
    if (bearer !== undefined && login !== undefined)
      return login.matchesToken(bearer) ? 'api' : { kind: 'wrong_token' };
    if (login !== undefined && (await login.cookie.isValid(c))) {
      return isUnsafe(c) && !isSameOrigin(c, publicUrl, false) ? { kind: 'cross_site' } : 'board';
    }
    if (openLocally && isLocal(c)) {
      // A page of any site can make this machine's browser send us something; a program states no origin.
      return isUnsafe(c) && !isSameOrigin(c, publicUrl, true) ? { kind: 'cross_site' } : 'local';
    }
    return { kind: 'unknown' };
  }

  function toError(denial: Denial): AppError {
    if (denial.kind === 'cross_site') {
      return new AppError('forbidden', 'The request comes from a page of another site.');
    }
    if (denial.kind === 'wrong_token') return new AppError('unauthorized', 'The token is not the ADMIN_TOKEN.');
    return new AppError('unauthorized', 'This wants the admin token.', {
      remedy:
        login === undefined
          ? 'Set ADMIN_TOKEN (at least 16 characters) and start the server again.'
          : 'Send "Authorization: Bearer <ADMIN_TOKEN>", or log in at /login.',
    });
  }

  return {
    login,
    api: createMiddleware<AppEnv>(async (c, next) => {
      const actor = await identify(c, login === undefined && listensOnLoopback);
      if (typeof actor !== 'string') throw toError(actor);
      c.set('actor', actor);
      await next();
    }),
    board: createMiddleware<AppEnv>(async (c, next) => {
      const actor = await identify(c, listensOnLoopback);
      if (typeof actor === 'string') {
        c.set('actor', actor);
        await next();
        return undefined;
      }
      if (actor.kind === 'unknown' && login !== undefined && wantsPage(c)) {
        const { pathname, search } = new URL(c.req.url);
        return c.redirect(`/login?next=${encodeURIComponent(pathname + search)}`, 303);
      }
      throw toError(actor);
    }),
  };
}

function wantsPage(c: Context): boolean {
  return !isUnsafe(c) && (c.req.header('accept') ?? '').includes('text/html');
}
