import { WEBHOOK_JWT_HEADER } from '../src/sandbox/zoho/sign-webhook.ts';
import type { ZohoStandIn } from '../src/sandbox/zoho/zoho-stand-in.ts';

/** Requests that no desk sends but that come all the same: items that cannot be read, tokens that nobody signed. */
export interface OddRequests {
  send(): Promise<void>;
  readonly counts: { malformedItems: number; withoutProof: number };
}

const MALFORMED = [
  {},
  'text',
  { eventType: 5 },
  { eventType: 'IM_Session_Status', payload: { sessionId: 7 }, eventTime: 'soon' },
];

export function createOddRequests(zoho: Pick<ZohoStandIn, 'sign'>, webhookUrl: string): OddRequests {
  const counts = { malformedItems: 0, withoutProof: 0 };
  const post = async (token: string) => {
    const response = await fetch(webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [WEBHOOK_JWT_HEADER]: token },
      body: JSON.stringify(MALFORMED),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: response.status, body: await response.json() };
  };
  /** An answer that does not come in time is no fault of the run: the sender's own counts tell of it. */
  const tryPost = (token: string) => post(token).catch(() => undefined);
  return {
    async send() {
      const proven = await tryPost(await zoho.sign());
      if (proven?.status === 200) counts.malformedItems += Number(proven.body.rejected);
      if ((await tryPost('no.token.ofanybody'))?.status === 401) counts.withoutProof += 1;
    },
    counts,
  };
}
