import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../src/domain/clock.ts';
import { createRandom } from '../src/sandbox/random.ts';
import { createSlackStandIn } from '../src/sandbox/slack/slack-stand-in.ts';
import { createTraffic, type Traffic } from '../src/sandbox/traffic/traffic.ts';
import { createZohoStandIn } from '../src/sandbox/zoho/zoho-stand-in.ts';
import { type ServerProcess, startServer } from '../test/support/server-process.ts';
import { askDoctor } from './ask-doctor.ts';
import { createFaultPlan } from './fault-plan.ts';
import { type Inspector, openInspector } from './inspector.ts';
import {
  ageFinishedJobs,
  countFinishedJobs,
  type Gauges,
  type Outcome,
  parseGauges,
  readMemoryMb,
  readOutcome,
  readTableSizes,
  type Sample,
  type TableSize,
} from './observe.ts';
import { createOddRequests } from './odd-requests.ts';
import { EVENTS_PER_CHAT, startQuickChats } from './quick-chats.ts';
import { createReceiver } from './receiver.ts';
import { createSoakDatabase, type SoakDatabase } from './soak-database.ts';
import { writeSoakRules } from './soak-rules.ts';
import { judge, type Verdict } from './verdicts.ts';

/**
 * A soak: the real service as a process of its own, between the stand-ins, under traffic with everything that goes wrong
 * in it, for a while; then the traffic ends, all is to be worked off, and the verdicts are given.
 */
export interface SoakOptions {
  minutes: number;
  /** About so many events a second. */
  rate: number;
  database: 'pglite' | 'postgres';
  /** The same seed gives the same chats and faults, as far as time allows. */
  seed: string;
  /** Ends the traffic early; the verdicts are given all the same. */
  signal?: AbortSignal;
  onSample?: (sample: Sample, rate: number) => void;
}

export interface SoakReport {
  options: Pick<SoakOptions, 'minutes' | 'rate' | 'database' | 'seed'>;
  /** Seconds of traffic. */
  seconds: number;
  sent: { items: number; deliveries: number; repeatedAttempts: number; chats: number; malformedItems: number };
  faults: Record<string, number>;
  samples: Sample[];
  tables: TableSize[];
  outcome: Outcome;
  verdicts: Verdict[];
  /** The last lines of the service's log. */
  log: string;
}

const ADMIN_TOKEN = 'an-admin-token-for-the-soak';
const TICK_MS = 1_000;
const SAMPLE_MS = 5_000;
/** Faults go on for a while after the traffic, by their retries: Slack takes a message a second, and waits ten for an answer. */
const DRAIN_MS = 180_000;
/** Of a run at least so long, memory is judged by its slope, and jobs are made old: pg-boss looks for those every minute. */
const LONG_MINUTES = 5;
const AGED_BEFORE_END_MS = 150_000;
/** The simulation's share of the events: its chats live for minutes, the quick ones for seconds. */
const SIMULATED_SHARE = 0.25;
/** About as many events as a chat of the simulation causes. */
const EVENTS_PER_SIMULATED_CHAT = 22;

export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const closers: (() => unknown)[] = [];
  try {
    return await soak(options, systemClock, closers);
  } finally {
    for (const close of closers.splice(0).reverse()) await close();
  }
}

async function soak(options: SoakOptions, clock: Clock, closers: (() => unknown)[]): Promise<SoakReport> {
  const { seed, rate, minutes } = options;
  const parts = {
    zoho: createZohoStandIn({ clock }),
    slack: createSlackStandIn({ clock }),
    receiver: createReceiver(clock),
  };
  const { zoho, slack, receiver } = parts;
  for (const part of Object.values(parts)) {
    await part.start();
    closers.push(() => part.stop());
  }
  const database = await createSoakDatabase(options.database);
  closers.push(() => database.remove());
  const folder = await mkdtemp(join(tmpdir(), 'vigia-soak-'));
  closers.push(() => rm(folder, { recursive: true, force: true }));
  await writeSoakRules(folder, receiver.url);
  const env = {
    ...database.env,
    RULES_DIR: folder,
    ADMIN_TOKEN,
    LOG_LEVEL: 'error',
    ALLOW_PRIVATE_HTTP: 'on',
    ZOHO_ORG_ID: zoho.world.orgId,
    ZOHO_WEBHOOK_ID: zoho.world.webhookId,
    ZOHO_DESK_URL: zoho.url,
    ZOHO_ACCOUNTS_URL: zoho.url,
    ZOHO_CLIENT_ID: zoho.world.oauth.clientId,
    ZOHO_CLIENT_SECRET: zoho.world.oauth.clientSecret,
    ZOHO_REFRESH_TOKEN: zoho.world.oauth.refreshToken,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.apiUrl,
  };
  const server = await startServer(env, ['--inspect=127.0.0.1:0']);
  closers.push(() => server.kill());
  const inspector = await openInspector(server.log());
  closers.push(() => inspector.close());

  const webhookUrl = `${server.url}/webhooks/zoho-desk`;
  let acceptedItems = 0;
  const traffic = createTraffic({
    clock,
    seed,
    zoho,
    webhookUrl,
    chatsPerHour: ((rate * SIMULATED_SHARE) / EVENTS_PER_SIMULATED_CHAT) * 3_600,
    deliveryShares: { duplicated: 0.05, late: 0.05 },
    onAttempt({ events, result }) {
      if (result === 200) acceptedItems += events.length;
    },
  });
  await traffic.start();
  closers.push(() => traffic.stop());
  const perSecond = (rate * (1 - SIMULATED_SHARE)) / EVENTS_PER_CHAT;
  const chats = startQuickChats(zoho.desk, clock, { perSecond, seed });
  const odd = createOddRequests(zoho, webhookUrl);
  const faults = createFaultPlan(
    { slack: slack.faults, zoho: zoho.faults, accounts: zoho.accounts, receiver: receiver.faults },
    createRandom(`${seed}/faults`),
    clock.now(),
  );

  const startedAt = clock.now();
  const until = startedAt + minutes * 60_000;
  const watch = createWatch({ server, inspector, database, startedAt, clock });
  let sampledItems = 0;
  let isAged = minutes < LONG_MINUTES || database.beside === undefined;
  while (clock.now() < until && options.signal?.aborted !== true) {
    const tickAt = clock.now();
    faults.play(tickAt);
    if (!isAged && tickAt > until - AGED_BEFORE_END_MS && database.beside !== undefined) {
      await ageFinishedJobs(database.beside.db);
      isAged = true;
    }
    const sample = await watch.sampleWhenDue();
    if (sample !== undefined) {
      await Promise.all([odd.send(), acknowledgeOne(server)]);
      options.onSample?.(sample, ((acceptedItems - sampledItems) * 1_000) / SAMPLE_MS);
      sampledItems = acceptedItems;
    }
    await clock.sleep(TICK_MS - (clock.now() - tickAt), options.signal);
  }

  await chats.stop();
  const seconds = Math.round((clock.now() - startedAt) / 1_000);
  await settleTraffic(traffic, clock);
  for (const { faults: waiting } of [slack, zoho, receiver]) waiting.clear();
  const backlog = await drain(server, clock);
  const invariants = await askDoctor(env, server.url);
  const log = server.log().slice(-4_000);
  // A process does not end while a debugger is connected.
  inspector.close();
  await server.kill('SIGTERM');
  const { outcome, tables } = await lookAfterwards(database);
  const counts = traffic.counts;
  return {
    options: { minutes, rate, database: options.database, seed },
    seconds,
    sent: {
      items: acceptedItems + odd.counts.malformedItems,
      deliveries: counts.delivered,
      repeatedAttempts: counts.failedAttempts,
      chats: counts.chats + chats.begun,
      malformedItems: odd.counts.malformedItems,
    },
    faults: faults.counts,
    samples: watch.samples,
    tables,
    outcome,
    verdicts: judge({
      samples: watch.samples,
      outcome,
      acceptedItems: acceptedItems + odd.counts.malformedItems,
      lostDeliveries: counts.lost,
      backlog,
      invariants,
      isLong: minutes >= LONG_MINUTES,
    }),
    log,
  };
}

interface WatchOptions {
  server: ServerProcess;
  inspector: Inspector;
  database: SoakDatabase;
  startedAt: number;
  clock: Clock;
}

function createWatch({ server, inspector, database, startedAt, clock }: WatchOptions) {
  const samples: Sample[] = [];
  let nextAt = startedAt;
  return {
    samples,
    async sampleWhenDue(): Promise<Sample | undefined> {
      const now = clock.now();
      if (now < nextAt) return undefined;
      nextAt = now + SAMPLE_MS;
      await inspector.collectGarbage();
      const sample: Sample = {
        second: Math.round((now - startedAt) / 1_000),
        memoryMb: await readMemoryMb(server.pid),
        heapMb: await inspector.readHeapMb(),
        ...(await readGauges(server)),
      };
      if (database.beside !== undefined) sample.finishedJobs = await countFinishedJobs(database.beside.db);
      samples.push(sample);
      return sample;
    },
  };
}

const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` };

async function readGauges(server: ServerProcess): Promise<Gauges> {
  const response = await fetch(`${server.url}/metrics`, { headers: BEARER });
  return parseGauges(await response.text());
}

/** Somebody acknowledges the newest card. */
async function acknowledgeOne(server: ServerProcess): Promise<void> {
  const response = await fetch(`${server.url}/api/v1/alerts?state=open&limit=1`, { headers: BEARER });
  const { data } = (await response.json()) as { data: { id: string }[] };
  for (const { id } of data) {
    await fetch(`${server.url}/api/v1/alerts/${id}/acknowledge`, { method: 'POST', headers: BEARER });
  }
}

/** Waits until late and repeated events are sent, which the simulation does within half a minute, and ends the traffic. */
async function settleTraffic(traffic: Traffic, clock: Clock): Promise<void> {
  const before = traffic.counts.failedAttempts;
  await clock.sleep(1_500);
  // What the sender repeats comes ten seconds later at the earliest: it is given up unless it is waited for.
  if (before > 0) await clock.sleep(12_000);
  await traffic.stop();
}

/** Waits until nothing is left to do. @returns what is left all the same */
async function drain(server: ServerProcess, clock: Clock): Promise<Gauges> {
  const deadline = clock.now() + DRAIN_MS;
  for (;;) {
    const gauges = await readGauges(server);
    const isIdle = gauges.waitingEvents + gauges.openActions + gauges.runningHolds === 0;
    if (isIdle || clock.now() > deadline) return gauges;
    await clock.sleep(500);
  }
}

async function lookAfterwards(database: SoakDatabase): Promise<{ outcome: Outcome; tables: TableSize[] }> {
  const opened = await database.openAfterwards();
  try {
    return { outcome: await readOutcome(opened.db), tables: await readTableSizes(opened.db) };
  } finally {
    await opened.close();
  }
}
