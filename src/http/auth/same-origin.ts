import type { Context } from 'hono';
import { isLoopback } from '../../domain/loopback.ts';

/**
 * Whether a request that a browser sends with its cookies comes from our own pages. Browsers state it
 * (Sec-Fetch-Site), older ones at least the origin; `unstated` is the answer for who states neither.
 */
export function isSameOrigin(c: Context, publicUrl: string | undefined, unstated: boolean): boolean {
  const site = c.req.header('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = c.req.header('origin');
  if (origin === undefined) return unstated;
  const host = URL.parse(origin)?.host;
  if (host === undefined) return false; // 'null': a sandboxed frame, a page from a file
  // Behind a proxy our own address is the public one; the scheme may differ where TLS ends before us.
  return host === new URL(c.req.url).host || (publicUrl !== undefined && host === new URL(publicUrl).host);
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'cf-connecting-ip'];

/**
 * Whether a request to a server that listens on loopback really comes from this machine's user: addressed to a loopback
 * name (a page of another site whose name was bent to 127.0.0.1 addresses its own), and passed on by no proxy or
 * tunnel.
 */
export function isLocal(c: Context): boolean {
  return isLoopback(new URL(c.req.url).hostname) && FORWARDED.every((name) => c.req.header(name) === undefined);
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Whether the method may change something. */
export function isUnsafe(c: Context): boolean {
  return !SAFE_METHODS.has(c.req.method);
}
