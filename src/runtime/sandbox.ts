import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../config.ts';
import { createScaledClock } from '../domain/clock.ts';
import { AppError } from '../domain/errors.ts';
import { createSlackStandIn, type SlackStandIn } from '../sandbox/slack/slack-stand-in.ts';
import { createTraffic, type Traffic } from '../sandbox/traffic/traffic.ts';
import { createZohoStandIn, type ZohoStandIn } from '../sandbox/zoho/zoho-stand-in.ts';
import type { ServiceObserver } from './compose.ts';
import { startService } from './service.ts';

/**
 * The sandbox: the real service between a stand-in Zoho Desk and a stand-in Slack, all on sockets of this machine, with
 * live traffic and one clock for all, which may run faster than the wall clock. Its data lives in a folder that is
 * removed at the end, unless DATABASE_URL names a database.
 */
export interface SandboxOptions {
  /** Port of the service; the stand-ins take the two that follow. 0: any free ones. */
  port: number;
  /** How much faster than the wall clock everything runs. */
  speed: number;
  /** The same seed gives the same traffic. */
  seed: string;
  chatsPerHour: number;
  rulesDir: string;
  /** PostgreSQL instead of the embedded database. */
  databaseUrl?: string | undefined;
  adminToken?: string | undefined;
  observer?: ServiceObserver;
}

export interface Sandbox {
  /** The service and its board. */
  url: string;
  zoho: ZohoStandIn;
  slack: SlackStandIn;
  traffic: Traffic;
  now(): number;
  stop(): Promise<void>;
}

/** The webhook path is short; the secret shows how one is set. */
const WEBHOOK_PATH = '/webhooks/zoho-desk';

export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const clock = createScaledClock(options.speed);
  const closers: (() => unknown)[] = [];
  const stop = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  const portAfter = (offset: number) => (options.port === 0 ? 0 : options.port + offset);
  try {
    const zoho = createZohoStandIn({ clock, port: portAfter(1) });
    await zoho.start();
    closers.push(() => zoho.stop());
    const slack = createSlackStandIn({ clock, port: portAfter(2) });
    await slack.start();
    closers.push(() => slack.stop());
    const dataDir = await mkdtemp(join(tmpdir(), 'vigia-sandbox-'));
    closers.push(() => rm(dataDir, { recursive: true, force: true }));
    const service = await startService({
      config: sandboxConfig(options, { zoho, slack, dataDir }),
      clock,
      timeScale: options.speed,
      ...(options.observer === undefined ? {} : { observer: options.observer }),
    });
    closers.push(() => service.stop());
    slack.sendInteractionsTo(`${service.url}/slack/interactions`);
    const traffic = createTraffic({
      clock,
      seed: options.seed,
      zoho,
      webhookUrl: `${service.url}${WEBHOOK_PATH}`,
      chatsPerHour: options.chatsPerHour,
    });
    await traffic.start();
    closers.push(() => traffic.stop());
    return { url: service.url, zoho, slack, traffic, now: clock.now, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function sandboxConfig(options: SandboxOptions, parts: { zoho: ZohoStandIn; slack: SlackStandIn; dataDir: string }) {
  const { zoho, slack, dataDir } = parts;
  const { orgId, webhookId, oauth } = zoho.world;
  const parsed = parseConfig({
    HOST: '127.0.0.1',
    PORT: String(options.port),
    DATA_DIR: dataDir,
    DATABASE_URL: options.databaseUrl,
    RULES_DIR: options.rulesDir,
    ADMIN_TOKEN: options.adminToken,
    ZOHO_ORG_ID: orgId,
    ZOHO_WEBHOOK_ID: webhookId,
    ZOHO_DESK_URL: zoho.url,
    ZOHO_ACCOUNTS_URL: zoho.url,
    ZOHO_CLIENT_ID: oauth.clientId,
    ZOHO_CLIENT_SECRET: oauth.clientSecret,
    ZOHO_REFRESH_TOKEN: oauth.refreshToken,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.apiUrl,
    SLACK_SIGNING_SECRET: slack.signingSecret,
    SLACK_OWNER_CHANNEL: '#vigia',
  });
  if (parsed.ok) return parsed.config;
  const [fault] = parsed.faults;
  throw new AppError('config_invalid', fault?.message ?? 'the sandbox cannot be configured', {
    remedy: fault?.remedy ?? 'Check the options.',
  });
}
