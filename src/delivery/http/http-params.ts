import * as z from 'zod';
import type { Json } from '../../domain/json.ts';
import { optionalName, requiredName, requiredText } from '../rendered-params.ts';

/** The rendered params of http.request as a request that may be sent, or the reason why not. */
export interface HttpRequest {
  url: URL;
  method: string;
  headers: Headers;
  body: string | undefined;
}

const MAX_URL_LENGTH = 4_096;
const MAX_BODY_LENGTH = 262_144;

export const httpParamsSchema = z.object({
  url: requiredName,
  method: optionalName,
  headers: z.record(z.string(), requiredText).optional(),
  body: z.json().optional(),
});

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * Headers that a rule may not set. Those of the connection and the framing are the client's own: a `host` or a length of
 * someone's choosing could lead the request past a proxy's checks. The webhook-* headers are the signature's.
 * `authorization` and `cookie` are allowed: redirects are not followed, so they reach only the host that the rule names.
 */
const OWN_HEADERS = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'accept-encoding',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
]);

export function toHttpRequest(params: z.output<typeof httpParamsSchema>): HttpRequest | { refused: string } {
  const url = URL.parse(params.url);
  if (url === null) return { refused: 'url is no address: write it whole, such as https://example.org/hook' };
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return { refused: 'url must begin with https:// or http://' };
  if (url.username !== '' || url.password !== '')
    return { refused: 'url holds a password: use the header authorization' };
  if (params.url.length > MAX_URL_LENGTH) return { refused: `url is longer than ${MAX_URL_LENGTH} characters` };
  const method = (params.method ?? 'POST').toUpperCase();
  if (!METHODS.has(method)) return { refused: `method must be one of ${[...METHODS].join(', ')}` };
  const body = toBody(params.body);
  if (method === 'GET' && body !== undefined) return { refused: 'a GET request carries no body: use POST' };
  if (body !== undefined && body.length > MAX_BODY_LENGTH)
    return { refused: `body is over ${MAX_BODY_LENGTH} characters` };
  const headers = toHeaders(params.headers ?? {}, typeof params.body === 'string' ? 'text/plain' : 'application/json');
  if ('refused' in headers) return headers;
  if (body === undefined) headers.delete('content-type');
  return { url, method, headers, body };
}

/** A text is sent as it is, everything else as JSON. */
function toBody(body: Json | undefined): string | undefined {
  return body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
}

function toHeaders(given: Record<string, string>, contentType: string): Headers | { refused: string } {
  const headers = new Headers({ 'content-type': `${contentType}; charset=utf-8`, 'user-agent': 'Vigia' });
  for (const [name, value] of Object.entries(given)) {
    const lower = name.toLowerCase();
    if (OWN_HEADERS.has(lower) || lower.startsWith('proxy-'))
      return { refused: `the header ${name} cannot be set by a rule` };
    try {
      headers.set(name, value);
    } catch {
      return { refused: `the header ${name.slice(0, 60)} has a character that headers cannot carry` };
    }
  }
  return headers;
}
