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
    const frequent = FREQUENT.test(c.req.path);
    // A 503 says that the service cannot now; what keeps it is logged once, not for each of many requests.
    const quiet = frequent && (status < 400 || status === 503);
    const level = quiet ? 'debug' : status >= 500 ? 'warning' : 'info';
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
