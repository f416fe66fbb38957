/** Calls a stand-in over HTTP as a client would: with a token, the portal's id, and JSON. */
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { isJsonObject, type JsonObject } from '../../src/domain/json.ts';
import { createZohoStandIn, type ZohoStandIn, type ZohoStandInOptions } from '../../src/sandbox/zoho/zoho-stand-in.ts';

export interface Answer {
  status: number;
  headers: Headers;
  body: JsonObject;
}

/** The answer with its body as an object; an empty or non-JSON one is `{}`. */
export async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  return { status: response.status, headers: response.headers, body: isJsonObject(body) ? body : {} };
}

export interface ZohoClient {
  zoho: ZohoStandIn;
  clock: ManualClock;
  /** A fresh access token from the stand-in's accounts server. */
  token(): Promise<string>;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Sets a fault through HTTP, as another process would. */
  fault(fault: object): Promise<Answer>;
}

/** 2026-03-02 10:00 in São Paulo. */
export const MONDAY = Date.parse('2026-03-02T13:00:00.000Z');

/** A started stand-in on a clock that stands still, and a client with a token. Stop `zoho` afterwards. */
export async function startZoho(options: Partial<ZohoStandInOptions> = {}): Promise<ZohoClient> {
  const clock = createManualClock(MONDAY);
  const zoho = createZohoStandIn({ clock, ...options });
  await zoho.start();
  const { oauth } = zoho.world;
  const token = async () => {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: oauth.refreshToken,
      client_id: oauth.clientId,
      client_secret: oauth.clientSecret,
    });
    const answer = await toAnswer(await fetch(`${zoho.url}/oauth/v2/token`, { method: 'POST', body: form }));
    return String(answer.body.access_token);
  };
  const first = await token();
  return {
    zoho,
    clock,
    token,
    call: async (method, path, body, headers) =>
      toAnswer(
        await fetch(`${zoho.url}/api/v1${path}`, {
          method,
          headers: {
            authorization: `Zoho-oauthtoken ${first}`,
            orgId: zoho.world.orgId,
            'content-type': 'application/json',
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      ),
    fault: async (fault) =>
      toAnswer(
        await fetch(`${zoho.url}/__faults`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(fault),
        }),
      ),
  };
}
