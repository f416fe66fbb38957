import { getLogger } from '@logtape/logtape';
import { Hono } from 'hono';
import { AppError } from '../../domain/errors.ts';
import type { AppEnv, HttpConfig } from '../app-deps.ts';
import { readBody } from '../read-body.ts';
import type { Access } from './access.ts';
import { isSameOrigin } from './same-origin.ts';

const MAX_FORM = 16 * 1024;

const log = getLogger(['vigia', 'http']);

/**
 * POST /login with the fields `token` and `next` (where to go), POST /logout. The form itself is a page of the dashboard,
 * which gets `?failed=1` after a wrong token.
 */
export function createLoginRoutes(access: Access, config: HttpConfig): Hono<AppEnv> {
  return new Hono<AppEnv>()
    .post('/login', async (c) => {
      const { login } = access;
      if (login === undefined) {
        throw new AppError('not_configured', 'There is no token to log in with.', { remedy: 'Set ADMIN_TOKEN.' });
      }
      if (!isSameOrigin(c, config.publicUrl, true)) {
        throw new AppError('forbidden', 'The login comes from a page of another site.');
      }
      const body = await readBody(c.req, MAX_FORM);
      if (body === undefined) throw new AppError('too_large', 'The form is too large.');
      const form = new URLSearchParams(body);
      const next = toLocalPath(form.get('next'));
      if (!login.matchesToken(form.get('token')?.trim() ?? '')) {
        log.warning('login refused: wrong token');
        return c.redirect(`/login?failed=1&next=${encodeURIComponent(next)}`, 303);
      }
      await login.cookie.issue(c);
      return c.redirect(next, 303);
    })
    .post('/logout', (c) => {
      if (!isSameOrigin(c, config.publicUrl, true)) {
        throw new AppError('forbidden', 'The request comes from a page of another site.');
      }
      access.login?.cookie.clear(c);
      return c.redirect('/login', 303);
    });
}

/** A path of this server, whatever was given: a login must not become a way to another site. */
function toLocalPath(given: string | null): string {
  if (given === null || !given.startsWith('/')) return '/';
  const base = 'http://local.invalid';
  const url = URL.parse(given, base);
  // `//host`, `/\host` and `/.//host` are other sites to a browser.
  return url !== null && url.origin === base ? url.pathname.replace(/^\/+/, '/') + url.search : '/';
}
