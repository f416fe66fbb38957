import { getLogger } from '@logtape/logtape';
import { createMiddleware } from 'hono/factory';
import type { AppEnv } from './app-deps.ts';

const log = getLogger(['vigia', 'http']);

/** Asked for every few seconds by machines; of interest only when something is wrong with them. */
const FREQUENT = /^\/(?:webhooks\/|healthz$|readyz$|metrics$|assets\/)/;

/** One line per request. Never the query (a login's way back, filters) and never the secret part of the webhook's address. */
export function accessLog() {
  return createMiddleware<AppEnv>(async (c, next) => {
    const startedAt = performance.now();
    await next();
    const { status } = c.res;
    const level = status >= 500 ? 'warning' : status < 400 && FREQUENT.test(c.req.path) ? 'debug' : 'info';
    log[level]('{method} {path} {status} {ms} ms', {
      method: c.req.method,
      path: maskPath(c.req.path),
      status,
      ms: Math.round(performance.now() - startedAt),
      requestId: c.get('requestId'),
    });
  });
}

/** `/webhooks/zoho-desk/s3cret` → `/webhooks/zoho-desk/***`. */
export function maskPath(path: string): string {
  return path.replace(/^(\/+webhooks\/+[^/]+\/+).+/i, '$1***');
}
