import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { systemClock } from '../../src/domain/clock.ts';
import { openDatabase } from '../../src/runtime/open-database.ts';
import { createSlackStandIn } from '../../src/sandbox/slack/slack-stand-in.ts';
import { signWebhook } from '../../src/sandbox/zoho/sign-webhook.ts';
import { createZohoStandIn } from '../../src/sandbox/zoho/zoho-stand-in.ts';
import { createPostgresDatabase } from '../../test/support/databases.ts';
import { type ServerProcess, startServer } from '../../test/support/server-process.ts';
import { readMemory, readProcess } from '../process-cpu.ts';
import { readServerCpu } from '../server-cpu.ts';
import { costlyRules, mixRules, SLACK_CHANNELS, slackChannelId } from './desk-mix.ts';
import type { LoadPlan, LoadResult } from './load-generator.ts';

/** One measurement over HTTP: a server as a process of its own, a database made for it, a sender, stand-ins. */
export type DatabaseKind = 'pglite' | 'postgres';

export interface Load {
  connections: number;
  eventsPerRequest: number;
  seconds: number;
  /** Absent: as fast as it goes. */
  perSecond?: number;
  /** Whether each request brings a token that was not seen before; otherwise a handful is used in turn, as Zoho does. */
  freshTokens?: boolean;
}

export interface HttpFigures extends LoadResult {
  events: number;
  /** Events a second from the first request until all were judged and delivered. */
  judgedPerSecond: number;
  /** How long it took after the last answer until nothing waited, s. */
  backlogSeconds: number;
  /** CPU, µs an event. */
  serverCpuUs: number;
  databaseCpuUs?: number;
  /** MB. */
  memory: { atRest: number; peak: number };
}

const TOKEN = 'an-admin-token-for-measuring';
const LOADER = fileURLToPath(new URL('load-generator.ts', import.meta.url));
const BARE = fileURLToPath(new URL('bare-server.ts', import.meta.url));
const KNOWN_TOKENS = 20;
/** More than the verifier remembers: used in turn, each is new to it. */
const FRESH_TOKENS = 2_500;

/** What is measured: the service, or the bare handler beside it. */
export interface Bench {
  run(load: Load): Promise<HttpFigures>;
  close(): Promise<void>;
}

export interface BenchOptions {
  database: DatabaseKind;
  what: 'vigia' | 'bare';
  /** `mix`: thirty rules of an ordinary desk (default); `costly`: others beside them that every event has to go through. */
  rules?: 'mix' | 'costly';
  /** How many servers share the database. */
  processes?: number;
  /** Where the server is to write a profile of its CPU when it ends. */
  profileDir?: string;
}

export async function openBench(options: BenchOptions): Promise<Bench> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await compose(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function compose(
  { database: kind, what, rules = 'mix', processes = 1, profileDir }: BenchOptions,
  closers: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'vigia-bench-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  const url = kind === 'postgres' ? await newDatabase(closers) : undefined;
  const { env, orgId } = await startStandIns(folder, rules, closers);
  const where: Record<string, string> = url === undefined ? { DATA_DIR: join(folder, 'data') } : { DATABASE_URL: url };
  const nodeArgs = profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileDir}`];
  const servers: ServerProcess[] = [];
  for (let index = 0; index < processes; index += 1) {
    const server = await startServer({ ...env, ...where }, nodeArgs, what === 'bare' ? [BARE] : undefined);
    // The profile is written when the process ends by itself.
    closers.push(() => server.kill(profileDir === undefined ? 'SIGKILL' : 'SIGTERM'));
    servers.push(server);
  }
  const observer = url === undefined ? undefined : await openDatabase({ kind: 'postgres', url });
  if (observer !== undefined) closers.push(() => observer.close());
  const idle = () => (what === 'bare' ? Promise.resolve() : untilNothingWaits(servers[0]?.url ?? ''));
  const readServers = async () => {
    const all = await Promise.all(
      servers.map(async ({ pid }) => ({ ...(await readProcess(pid)), ...(await readMemory(pid)) })),
    );
    const sum = (of: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + of(one), 0);
    return {
      cpuMs: sum(({ cpuMs }) => cpuMs),
      residentMb: sum(({ residentMb }) => residentMb),
      peakMb: sum(({ peakMb }) => peakMb),
    };
  };
  const atRest = await readServers();
  return {
    close,
    async run(load) {
      const tokens = await signTokens(orgId, load);
      // What autovacuum does between busy minutes, where it is on.
      await observer?.db.execute(sql`vacuum analyze`);
      const databaseBefore = observer === undefined ? undefined : await readServerCpu(observer);
      const before = await readServers();
      const startedAt = performance.now();
      const ports = servers.map(({ url }) => Number(new URL(url).port));
      const path = '/webhooks/zoho-desk';
      const sent = await sendLoad({ ...load, tokens, orgId, ports, path });
      const answeredAt = performance.now();
      await idle();
      const judgedAt = performance.now();
      const after = await readServers();
      const databaseAfter = observer === undefined ? undefined : await readServerCpu(observer);
      const events = sent.requests * load.eventsPerRequest;
      return {
        ...sent,
        events,
        judgedPerSecond: (events * 1_000) / (judgedAt - startedAt),
        backlogSeconds: (judgedAt - answeredAt) / 1_000,
        serverCpuUs: ((after.cpuMs - before.cpuMs) * 1_000) / events,
        memory: { atRest: atRest.residentMb, peak: after.peakMb },
        ...(databaseBefore === undefined || databaseAfter === undefined
          ? {}
          : { databaseCpuUs: ((databaseAfter - databaseBefore) * 1_000) / events }),
      };
    },
  };
}

async function newDatabase(closers: (() => Promise<unknown>)[]): Promise<string> {
  const { url, drop } = await createPostgresDatabase();
  closers.push(drop);
  return url;
}

/** Rules in a folder, Zoho's keys, and a Slack that takes what comes. */
async function startStandIns(folder: string, rules: 'mix' | 'costly', closers: (() => Promise<unknown>)[]) {
  const zoho = createZohoStandIn({ clock: systemClock });
  const slack = createSlackStandIn({ clock: systemClock, limits: 'off' });
  for (let index = 0; index < SLACK_CHANNELS; index += 1) {
    slack.workspace.addChannel({ id: slackChannelId(index), name: `bench-${index}`, purpose: '', botIsMember: true });
  }
  for (const standIn of [zoho, slack]) {
    await standIn.start();
    closers.push(() => standIn.stop());
  }
  for (const [name, text] of Object.entries(rules === 'mix' ? mixRules() : costlyRules()))
    await writeFile(join(folder, name), text);
  const env = {
    RULES_DIR: folder,
    ADMIN_TOKEN: TOKEN,
    LOG_LEVEL: 'warning',
    ZOHO_ORG_ID: zoho.world.orgId,
    ZOHO_DESK_URL: zoho.url,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.apiUrl,
  };
  return { env, orgId: zoho.world.orgId };
}

function signTokens(orgId: string, { freshTokens = false }: Load): Promise<string[]> {
  const now = Date.now();
  return Promise.all(
    Array.from({ length: freshTokens ? FRESH_TOKENS : KNOWN_TOKENS }, (_, index) =>
      signWebhook({ orgId, webhookId: 'bench', now, lifeMs: 3_600_000 + index * 1_000 }),
    ),
  );
}

function sendLoad(plan: LoadPlan): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(LOADER);
    child.once('message', (result) => resolve(result as unknown as LoadResult));
    child.once('exit', (code) => reject(new Error(`the sender ended with ${code}`)));
    child.send(plan);
  });
}

/** The rest that a run leaves: events to be judged, actions to be carried out. */
async function untilNothingWaits(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const text = await response.text();
    const waiting = [...text.matchAll(/^vigia_(?:inbox_events|actions_unfinished\{[^}]*\}) (\d+)$/gm)];
    if (waiting.length > 0 && waiting.every(([, count]) => count === '0')) return;
    await sleep(100);
  }
}
