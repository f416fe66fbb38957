import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { createSlackStandIn, type SlackStandIn } from '../../src/sandbox/slack/slack-stand-in.ts';
import { createZohoStandIn, type ZohoStandIn } from '../../src/sandbox/zoho/zoho-stand-in.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';
import { runSql } from '../support/run-sql.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { type ProxyMode, startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';

/**
 * The database goes away for seconds, in each way in which a network or a server can fail, under traffic and with
 * deliveries under way. The service is a process as users run it, and goes through all of it without a restart.
 */
const RULES = {
  'waits.rule.json': {
    name: 'A second on hold',
    for: '1s',
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
    actions: [{ type: 'record', params: { dataset: 'held', fields: { session: '{{ session.id }}' } } }],
  },
  'tells.rule.json': {
    name: 'Blocked',
    on: ['IM_Session_Status'],
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'BLOCKED' }] },
    actions: [{ type: 'slack.post', params: { channel: '#chat-ops', text: 'blocked {{ session.id }}' } }],
  },
};
/** What the promises say in seconds, with room for a machine that does other things as well. */
const SOON_MS = 10_000;
const AT_ONCE_MS = 1_000;
const TOKEN = 'an-admin-token-for-tests';

interface Answer {
  sessionId: string;
  status: number;
  ms: number;
}

describe.each(postgresOnly)('a database that goes away ($kind)', () => {
  const closers: (() => unknown)[] = [];
  const answers: Answer[] = [];
  const held: string[] = [];
  const told: string[] = [];
  let zoho: ZohoStandIn;
  let slack: SlackStandIn;
  let proxy: TcpProxy;
  let server: ServerProcess;
  let databaseUrl: string;
  let env: Record<string, string>;
  let sending = true;
  let sessions = 0;

  beforeAll(async () => {
    zoho = createZohoStandIn({ clock: systemClock });
    slack = createSlackStandIn({ clock: systemClock, limits: 'off' });
    await Promise.all([zoho.start(), slack.start()]);
    const rulesDir = await mkdtemp(join(tmpdir(), 'vigia-outage-'));
    for (const [name, rule] of Object.entries(RULES)) await writeFile(join(rulesDir, name), JSON.stringify(rule));
    const database = await createPostgresDatabase();
    databaseUrl = database.url;
    const url = new URL(databaseUrl);
    proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port || 5432) });
    url.host = `127.0.0.1:${proxy.port}`;
    env = {
      DATABASE_URL: url.toString(),
      RULES_DIR: rulesDir,
      ADMIN_TOKEN: TOKEN,
      ZOHO_ORG_ID: zoho.world.orgId,
      ZOHO_DESK_URL: zoho.url,
      SLACK_BOT_TOKEN: slack.token,
      SLACK_API_URL: slack.apiUrl,
    };
    server = await startServer(env);
    const traffic = sendTraffic();
    closers.push(
      () => Promise.all([zoho.stop(), slack.stop()]),
      () => rm(rulesDir, { recursive: true, force: true }),
      database.drop,
      () => proxy.stop(),
      () => server.kill(),
      () => {
        sending = false;
        return traffic;
      },
    );
  });
  afterEach(() => proxy.become('pass'));
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });

  async function sendTraffic(): Promise<void> {
    while (sending) {
      // Between two processes nobody listens.
      post(newSession(), 'OPEN').catch(() => undefined);
      await pause(40);
    }
  }

  function newSession(): string {
    sessions += 1;
    return `s${sessions}`;
  }

  async function post(sessionId: string, sessionStatus: string, at = Date.now()): Promise<Answer> {
    const payload = { sessionId, sessionStatus, sessionOldStatus: 'NEW', channelId: 'c1', assigneeType: 'AGENT' };
    const event = { orgId: zoho.world.orgId, eventType: 'IM_Session_Status', eventTime: String(at), payload };
    const headers = { 'content-type': 'application/json', 'x-zdesk-jwt': await zoho.sign() };
    const startedAt = performance.now();
    const response = await fetch(`${server.url}/webhooks/zoho-desk`, {
      method: 'POST',
      headers,
      body: JSON.stringify([event]),
    });
    await response.text();
    const answer = { sessionId, status: response.status, ms: performance.now() - startedAt };
    answers.push(answer);
    return answer;
  }

  /** As Zoho does: the same event again, until it is answered 200. */
  async function postUntilTaken(sessionStatus: string): Promise<string> {
    const sessionId = newSession();
    const at = Date.now();
    await until(async () => ((await post(sessionId, sessionStatus, at)).status === 200 ? true : undefined));
    return sessionId;
  }

  async function readiness(): Promise<{ status: number; reason: string | null }> {
    const response = await fetch(`${server.url}/readyz`);
    const { database } = (await response.json()) as { database: { reason: string | null } };
    return { status: response.status, reason: database.reason };
  }

  const untilReady = () => until(async () => ((await readiness()).status === 200 ? true : undefined));

  async function list(path: string): Promise<Record<string, unknown>[]> {
    const response = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    return ((await response.json()) as { data: Record<string, unknown>[] }).data;
  }

  const linesOf = (log: string, words: string) => log.split('\n').filter((line) => line.includes(words));

  /** A hold that will fall due meanwhile, and a delivery whose answer comes when there is nowhere to keep it. */
  async function leaveUnderWay(): Promise<void> {
    slack.faults.add({ fault: 'delay', delayMs: 1_000, path: '/api/chat.postMessage' });
    told.push(await postUntilTaken('BLOCKED'));
    await until(async () => (slack.faults.waiting.length === 0 ? true : undefined));
    held.push(await postUntilTaken('ON_HOLD'));
  }

  async function allIsDone(): Promise<true | undefined> {
    const fired = await list('/api/v1/records/held?limit=200');
    const posts = (await list('/api/v1/actions?limit=200')).filter(({ type }) => type === 'slack.post');
    const isHere = (rows: typeof fired) => (id: string) => rows.some(({ sessionId }) => sessionId === id);
    const settled = posts.every(({ state }) => state === 'delivered');
    return held.every(isHere(fired)) && told.every(isHere(posts)) && settled ? true : undefined;
  }

  test.each<{ mode: ProxyMode; reason: RegExp }>([
    { mode: 'cut', reason: /nothing listens there/ },
    { mode: 'reset', reason: /connections to it are cut/ },
    { mode: 'close', reason: /connections to it are cut/ },
    { mode: 'hang', reason: /it does not answer/ },
  ])('$mode: it is told, webhooks are refused at once, and all goes on after its return', async ({ mode, reason }) => {
    await untilReady();
    await leaveUnderWay();
    const before = server.log().length;
    await proxy.become(mode);
    const noticedAfterMs = await elapsed(() =>
      until(async () => ((await readiness()).status === 503 ? true : undefined)),
    );
    expect(noticedAfterMs).toBeLessThan(5_000);
    // Known first by what the lost connections say, then by what connecting anew does.
    await until(async () => (reason.test((await readiness()).reason ?? '') ? true : undefined));

    const flood = await Promise.all(Array.from({ length: 200 }, () => post(newSession(), 'OPEN')));
    expect(new Set(flood.map(({ status }) => status))).toEqual(new Set([503]));
    const calm: Answer[] = [];
    for (let times = 0; times < 10; times += 1) calm.push(await post(newSession(), 'OPEN'));
    expect(Math.max(...calm.map(({ ms }) => ms))).toBeLessThan(AT_ONCE_MS);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await pause(1_000);

    await proxy.become('pass');
    expect(await elapsed(untilReady)).toBeLessThan(SOON_MS);
    expect(await elapsed(() => until(allIsDone))).toBeLessThan(SOON_MS);
    const log = server.log().slice(before);
    expect(linesOf(log, 'Until it is back')).toHaveLength(1);
    expect(linesOf(log, 'is back after')).toHaveLength(1);
    expect(log.split('\n').length).toBeLessThan(60);
  });

  test('connections that lead nowhere although the server is there: they are cut, and new ones made', async () => {
    await untilReady();
    await leaveUnderWay();
    await proxy.become('half-open');
    expect(await elapsed(() => until(allIsDone))).toBeLessThan(SOON_MS);
    await proxy.become('pass');
  });

  test('again and again for a moment, as at a restart of the server', async () => {
    await untilReady();
    await leaveUnderWay();
    for (let times = 0; times < 4; times += 1) {
      await proxy.become(times % 2 === 0 ? 'cut' : 'reset');
      await pause(300);
      await proxy.become('pass');
      await pause(300);
    }
    await untilReady();
    expect(await elapsed(() => until(allIsDone))).toBeLessThan(SOON_MS);
  });

  test('a stop while it is away does not wait for it; another process finishes', async () => {
    await untilReady();
    await proxy.become('hang');
    await until(async () => ((await readiness()).status === 503 ? true : undefined));
    expect(await elapsed(() => server.kill('SIGTERM'))).toBeLessThan(15_000);
    await proxy.become('pass');
    sending = false;
    server = await startServer(env);
  });

  test('in the end each event that was answered 200 is there once, each hold has fired once, nothing was posted twice', async () => {
    await until(allIsDone);
    const rows = await runSql(
      databaseUrl,
      'select session_id as session, count(*)::int as times from events group by 1',
    );
    const waiting = await runSql(databaseUrl, 'select 1 from inbox');
    const stored = new Map(rows.map(({ session, times }) => [session, times]));
    const accepted = answers.filter(({ status }) => status === 200).map(({ sessionId }) => sessionId);
    expect(accepted.length).toBeGreaterThan(100);
    expect(accepted.filter((id) => stored.get(id) !== 1)).toEqual([]);
    expect(waiting).toHaveLength(0);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 503]));
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(5_000);

    const records = (await list('/api/v1/records/held?limit=200')).map(({ sessionId }) => sessionId);
    expect(records.sort()).toEqual([...held].sort());
    const posts = slack.messages('#chat-ops').map(({ text }) => text);
    expect(posts.sort()).toEqual(told.map((id) => `blocked ${id}`).sort());
  });
});

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 25_000;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error('it did not happen in time');
    await pause(50);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
