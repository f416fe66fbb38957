import { AppError, type ErrorCode } from '../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { CliIo } from './io.ts';
import { readConfig } from './read-config.ts';
import { toServerUrl } from './server-url.ts';

/**
 * The API of the running server, for commands that look into it or tell it something: the server of this environment, or
 * the one of --url, with ADMIN_TOKEN where there is one.
 */
export interface ApiClient {
  get(path: string): Promise<JsonObject>;
  post(path: string, body: JsonObject): Promise<JsonObject>;
  /** An answer of any length, chunk by chunk. */
  stream(path: string): Promise<AsyncIterable<Uint8Array>>;
}

const TIMEOUT_MS = 10_000;
/** Until a stream begins: what is first in it may have to be looked for. */
const STREAM_TIMEOUT_MS = 60_000;

/** @throws AppError bad_request when `url` is no address */
export async function createApiClient(io: CliIo, url: string | undefined): Promise<ApiClient> {
  const config = readConfig(io, { warn: false });
  const base = toBase(url ?? (await toServerUrl(config)));
  const { adminToken } = config;
  const authorization: Record<string, string> =
    adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` };

  async function call(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
    const headers = {
      ...authorization,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await ask(path, { method, headers, signal: AbortSignal.timeout(TIMEOUT_MS), ...sent });
    const answer = await readAnswer(response);
    if (answer !== undefined && response.ok) return answer;
    throw toError(response.status, answer, base);
  }

  async function ask(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${base}/api/v1${path}`, { ...init, redirect: 'manual' });
    } catch (cause) {
      if (init.signal?.aborted === true) {
        throw new AppError('unavailable', `the server at ${base} has not answered in time`, {
          remedy: 'It may be busy: its log and GET /readyz tell. Call this again.',
          cause,
        });
      }
      throw new AppError('unavailable', `nothing answered at ${base}`, {
        remedy: 'Start a server ("npm run demo", or "vigia serve"), or give its address with --url.',
        cause,
      });
    }
  }

  async function stream(path: string): Promise<AsyncIterable<Uint8Array>> {
    const waiting = new AbortController();
    const timer = setTimeout(() => waiting.abort(), STREAM_TIMEOUT_MS);
    const response = await ask(path, { headers: authorization, signal: waiting.signal }).finally(() =>
      clearTimeout(timer),
    );
    if (!response.ok || response.body === null) throw toError(response.status, await readAnswer(response), base);
    return whole(response.body, base);
  }

  return { stream, get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) };
}

async function* whole(chunks: AsyncIterable<Uint8Array>, base: string): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (cause) {
    throw new AppError('unavailable', `the server at ${base} broke off its answer`, {
      remedy: 'Its log tells why. Call this again.',
      cause,
    });
  }
}

function toBase(url: string): string {
  const parsed = URL.parse(url);
  if (parsed !== null && /^https?:$/.test(parsed.protocol)) {
    return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '');
  }
  throw new AppError('bad_request', `"${url}" is not an address`, { remedy: 'Give one such as http://127.0.0.1:8787' });
}

async function readAnswer(response: Response): Promise<JsonObject | undefined> {
  try {
    const body: unknown = await response.json();
    return isJsonObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** What the server says is wrong, in its own words. */
function toError(status: number, answer: JsonObject | undefined, base: string): AppError {
  if (answer === undefined || typeof answer['detail'] !== 'string') {
    return new AppError('unavailable', `what listens at ${base} is not Vigia (it answered ${status})`, {
      remedy: 'Give the address of the server with --url.',
    });
  }
  const remedy = status === 401 ? 'Set ADMIN_TOKEN to that of the server.' : answer['remedy'];
  const code: ErrorCode = status === 404 ? 'not_found' : status === 409 ? 'conflict' : 'bad_request';
  return new AppError(code, answer['detail'], typeof remedy === 'string' ? { remedy } : {});
}
