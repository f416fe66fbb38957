import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/domain/clock.ts';
import { createSlackStandIn, type SlackStandIn } from '../../src/sandbox/slack/slack-stand-in.ts';
import { createZohoStandIn, type ZohoStandIn } from '../../src/sandbox/zoho/zoho-stand-in.ts';

/** What a server needs around it but for its database: a Zoho Desk and a Slack on real sockets, and a folder of rules. */
export interface Surroundings {
  zoho: ZohoStandIn;
  slack: SlackStandIn;
  /** The environment of a server between them. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

export const ADMIN_TOKEN = 'an-admin-token-for-tests';

export async function startSurroundings(rules: Record<string, object>): Promise<Surroundings> {
  const zoho = createZohoStandIn({ clock: systemClock, echo: false });
  const slack = createSlackStandIn({ clock: systemClock });
  const rulesDir = await mkdtemp(join(tmpdir(), 'vigia-rules-'));
  for (const [name, rule] of Object.entries(rules)) await writeFile(join(rulesDir, name), JSON.stringify(rule));
  await Promise.all([zoho.start(), slack.start()]);
  const { clientId, clientSecret, refreshToken } = zoho.world.oauth;
  return {
    zoho,
    slack,
    env: {
      RULES_DIR: rulesDir,
      ADMIN_TOKEN,
      ZOHO_ORG_ID: zoho.world.orgId,
      ZOHO_WEBHOOK_ID: zoho.world.webhookId,
      ZOHO_DESK_URL: zoho.url,
      ZOHO_ACCOUNTS_URL: zoho.url,
      ZOHO_CLIENT_ID: clientId,
      ZOHO_CLIENT_SECRET: clientSecret,
      ZOHO_REFRESH_TOKEN: refreshToken,
      SLACK_BOT_TOKEN: slack.token,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      SLACK_API_URL: slack.apiUrl,
    },
    async stop() {
      await Promise.all([zoho.stop(), slack.stop()]);
      await rm(rulesDir, { recursive: true, force: true });
    },
  };
}

/** One request of a webhook, as Zoho sends it now. @returns whether it was answered 200 */
export async function postWebhook(url: string, zoho: ZohoStandIn, items: readonly object[]): Promise<boolean> {
  const headers = { 'content-type': 'application/json', 'x-zdesk-jwt': await zoho.sign() };
  const signal = AbortSignal.timeout(5_000);
  const body = JSON.stringify(items);
  return fetch(`${url}/webhooks/zoho-desk`, { method: 'POST', headers, body, signal }).then(
    ({ status }) => status === 200,
    () => false,
  );
}
