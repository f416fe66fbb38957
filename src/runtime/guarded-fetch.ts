import { lookup as systemLookup } from 'node:dns';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Readable } from 'node:stream';
import { findRestrictedRange } from '../delivery/http/address-range.ts';
import { AddressRefusedError } from '../delivery/http/address-refused.ts';
import type { Fetch } from '../delivery/send-request.ts';
import { NOT_SENT } from '../delivery/transport-fault.ts';

/**
 * The fetch with which rules may call other systems. It refuses addresses inside our own network, so that a rule (or a
 * value rendered into its URL) cannot reach a metadata service or an admin page. The address is checked where the socket
 * gets it, in `lookup`: there is no second resolution whose answer could differ (DNS rebinding).
 *
 * It answers what fetch does, with fewer wishes granted: http and https, a text as body, no redirects, no decompression.
 * Each call makes its own connection: on a kept one that the other side just closed, a request that was never read
 * could not be told from an answer that was lost.
 */
export interface GuardedFetchOptions {
  /** Lets private and loopback addresses through. */
  allowPrivate: boolean;
  /** How names are resolved; the system's resolver by default. */
  lookup?: typeof systemLookup;
}

export function createGuardedFetch(options: GuardedFetchOptions): Fetch {
  const lookup = guardLookup(options);
  return async (url, init) => {
    const target = new URL(url);
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      throw new TypeError(`only http and https addresses can be called, not ${target.protocol}`);
    }
    // A literal address never passes through lookup. URL has made one form of 0x7f.1, 2130706433 and the like by now.
    const host = target.hostname.replace(/^\[|\]$/g, '');
    if (!options.allowPrivate && isIP(host) !== 0) assertPublic(host, host);
    return toResponse(await send(target, init, lookup));
  };
}

function assertPublic(host: string, address: string): void {
  const range = findRestrictedRange(address);
  if (range !== undefined) throw new AddressRefusedError(host, range);
}

/** Resolves a name, and fails unless every address that it has may be called. */
function guardLookup({ allowPrivate, lookup = systemLookup }: GuardedFetchOptions): LookupFunction {
  return (host, wish, answer) => {
    lookup(host, { ...wish, all: true }, (error, addresses) => {
      if (error) return answer(error, '', 0);
      const restricted = allowPrivate ? undefined : addresses.find(({ address }) => findRestrictedRange(address));
      if (restricted !== undefined) {
        const range = findRestrictedRange(restricted.address) ?? 'private';
        return answer(new AddressRefusedError(host, range), '', 0);
      }
      const [first] = addresses;
      if (first === undefined) return answer(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0);
      if (wish.all) return answer(null, addresses);
      return answer(null, first.address, first.family);
    });
  };
}

function send(target: URL, init: RequestInit, lookup: LookupFunction): Promise<IncomingMessage> {
  const { body } = init;
  if (body !== undefined && body !== null && typeof body !== 'string') throw new TypeError('the body must be a text');
  const headers = new Headers(init.headers);
  headers.set('accept-encoding', 'identity');
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : undefined;
  if (bytes !== undefined) headers.set('content-length', String(bytes.byteLength));
  return new Promise((resolve, reject) => {
    const request = (target.protocol === 'https:' ? requestHttps : requestHttp)(target, {
      method: init.method ?? 'GET',
      headers: Object.fromEntries(headers),
      agent: false,
      lookup,
      ...(init.signal ? { signal: init.signal } : {}),
    });
    let connected = false;
    request.once('socket', (socket) => {
      socket.once(target.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connected = true;
      });
    });
    // For good, not once: a connection may break again after the response began, and nobody else listens.
    request.on('error', (error) => reject(connected ? error : notSent(error)));
    request.once('response', resolve);
    request.end(bytes);
  });
}

/** Nothing was written before the connection stood; the code says so to whoever has to decide about a repeat. */
function notSent(error: Error): Error {
  if (error instanceof AddressRefusedError) return error;
  return Object.assign(new Error('the connection was not made', { cause: error }), { code: NOT_SENT });
}

/** Statuses whose response cannot carry a body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

function toResponse(message: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headersDistinct)) {
    for (const item of value ?? []) headers.append(name, item);
  }
  const status = message.statusCode ?? 0;
  if (status < 200 || status > 599) {
    message.destroy();
    throw new TypeError(`${status} is no HTTP status`);
  }
  if (WITHOUT_BODY.has(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  return new Response(toWebStream(message), { status, headers });
}

/** Node's and the DOM's ReadableStream are the same object at run time; only their types differ. */
function toWebStream(message: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  return Readable.toWeb(message) as unknown as ReadableStream<Uint8Array<ArrayBuffer>>;
}
