import { getLogger } from '@logtape/logtape';
import type { Delivery, DeliveryOutcome, Destination } from '../../domain/action.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import { parseJsonText } from '../../domain/json-text.ts';
import { redactJson } from '../redact.ts';
import { readParams } from '../rendered-params.ts';
import { parseRetryAfterMs } from '../retry-after.ts';
import { type Answer, type Fetch, sendRequest } from '../send-request.ts';
import { toTransportOutcome } from '../transport-fault.ts';
import { findAddressRefusal } from './address-refused.ts';
import { type HttpRequest, httpParamsSchema, toHttpRequest } from './http-params.ts';
import { createHttpSigner } from './http-signature.ts';

/**
 * http.request: calls another system. Delivered is any 2xx; its status, and a small JSON body, are kept as the result.
 * The guarding of addresses is the fetch's that is passed in (see runtime/guarded-fetch.ts): only that sees where a name
 * leads. No credentials of its own are needed, so it is always connected.
 */
export interface HttpDestinationOptions {
  fetch: Fetch;
  /** Signs the requests; without it they carry id and time, unsigned. */
  secret?: string;
  clock: Clock;
  timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_BODY_BYTES = 65_536;
/** A larger answer is no result for a template but a document: only its status is kept. */
const MAX_RESULT_LENGTH = 4_096;

const log = getLogger(['vigia', 'http']);

export function createHttpDestination(options: HttpDestinationOptions): Destination {
  const { clock, fetch: guardedFetch, timeoutMs = TIMEOUT_MS } = options;
  const signer = createHttpSigner(options.secret);

  async function deliver(delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    const read = readParams(httpParamsSchema, delivery.params);
    if (!read.ok) return { kind: 'refused', reason: read.reason };
    const request = toHttpRequest(read.params);
    if ('refused' in request) return { kind: 'refused', reason: request.refused };
    return send(delivery, request, [options.secret, ...headerSecrets(read.params.headers ?? {})], signal);
  }

  async function send(
    delivery: Delivery,
    request: HttpRequest,
    secrets: (string | undefined)[],
    signal: AbortSignal,
  ): Promise<DeliveryOutcome> {
    const { url, method, headers, body } = request;
    const signature = signer.headersFor(delivery.actionId, clock.now(), body ?? '');
    for (const [name, value] of Object.entries(signature)) headers.set(name, value);
    let refusedAddress: string | undefined;
    const fetch: Fetch = async (target, init) => {
      try {
        return await guardedFetch(target, init);
      } catch (error) {
        refusedAddress = findAddressRefusal(error)?.message;
        throw error;
      }
    };
    const init: RequestInit = { method, headers, ...(body === undefined ? {} : { body }) };
    const sent = await sendRequest(url.href, init, { fetch, timeoutMs, maxBodyBytes: MAX_BODY_BYTES, signal });
    if (refusedAddress !== undefined) {
      return { kind: 'refused', reason: `${refusedAddress}; set ALLOW_PRIVATE_HTTP=on if rules may call it` };
    }
    log.debug('{method} {host} {result}', {
      method,
      host: url.host,
      result: sent.ok ? sent.answer.status : sent.fault,
      actionId: delivery.actionId,
    });
    if (!sent.ok) return toTransportOutcome(sent, url.host, timeoutMs);
    return toOutcome(sent.answer, url.host, clock.now(), secrets);
  }

  return { name: 'http', connected: true, deliver };
}

/** What the rule's headers may hold of credentials: the value, and its parts (`Bearer <token>`). */
function headerSecrets(headers: Record<string, string>): string[] {
  return Object.entries(headers)
    .filter(([name]) => !HARMLESS_HEADERS.has(name.toLowerCase()))
    .flatMap(([, value]) => [value, ...value.split(/[\s,;=]+/)]);
}

const HARMLESS_HEADERS = new Set(['accept', 'accept-language', 'content-type', 'user-agent']);

/** Statuses that ask for another try: the others of 4xx say that the request itself is wrong. */
const TRANSIENT = new Set([408, 425, 429]);

function toOutcome(answer: Answer, host: string, now: number, secrets: (string | undefined)[]): DeliveryOutcome {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered', result: toResult(answer, secrets) };
  if (status >= 300 && status < 400) {
    return { kind: 'refused', reason: `${host} redirected (${status}): write the final address into the rule` };
  }
  if (status >= 500 || TRANSIENT.has(status)) {
    const afterMs = parseRetryAfterMs(headers.get('retry-after'), now);
    return { kind: 'retry', reason: `${host} answered ${status}`, ...(afterMs === undefined ? {} : { afterMs }) };
  }
  return { kind: 'refused', reason: `${host} answered ${status}: check the address, the headers and the body` };
}

/** The status, and the body where it is small JSON; a receiver may echo the request, so its headers are struck out. */
function toResult({ status, headers, body, complete }: Answer, secrets: (string | undefined)[]): JsonObject {
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(headers.get('content-type') ?? '');
  if (!isJson || !complete || body.length > MAX_RESULT_LENGTH) return { status };
  const parsed = parseJsonText(body);
  if (parsed === undefined) return { status };
  const value = redactJson(toJson(parsed.value), secrets);
  return UNSTORABLE.test(JSON.stringify(value)) ? { status } : { status, body: value };
}

/** NUL and lone surrogates, as JSON.stringify writes them: PostgreSQL's jsonb refuses both. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/** What a JSON parser returned is JSON. */
function toJson(value: unknown): Json {
  return value as Json;
}
