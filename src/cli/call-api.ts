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
}

const TIMEOUT_MS = 10_000;

/** @throws AppError bad_request when `url` is no address */
export async function createApiClient(io: CliIo, url: string | undefined): Promise<ApiClient> {
  const config = readConfig(io, { warn: false });
  const base = toBase(url ?? (await toServerUrl(config)));
  const { adminToken } = config;

  async function call(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
    const headers = {
      ...(adminToken === undefined ? {} : { authorization: `Bearer ${adminToken}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    let response: Response;
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      response = await fetch(`${base}/api/v1${path}`, { method, headers, redirect: 'manual', signal, ...sent });
    } catch (cause) {
      throw new AppError('unavailable', `nothing answered at ${base}`, {
        remedy: 'Start a server ("npm run demo", or "vigia serve"), or give its address with --url.',
        cause,
      });
    }
    const answer = await readAnswer(response);
    if (answer !== undefined && response.ok) return answer;
    throw toError(response.status, answer, base);
  }

  return { get: (path) => call('GET', path), post: (path, body) => call('POST', path, body) };
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
