import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import { createSlackStandIn, type SlackStandIn } from '../../src/sandbox/slack/slack-stand-in.ts';
import { createZohoStandIn, type ZohoStandIn } from '../../src/sandbox/zoho/zoho-stand-in.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { rowsOf } from '../../src/store/database.ts';
import { callCli } from '../cli/support/call-cli.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';
import { type ScriptedServer, startScriptedServer } from '../support/scripted-server.ts';
import { statusEvent } from '../support/timeline.ts';
import { buildWorker, type RunningWorker, startWorker } from '../support/worker.ts';

/** A free Worker may have three million bytes; a small one starts fast. */
const MOST_BYTES = 1_000_000;
const TOKEN = 'an-admin-token-for-tests';
const AUTHORIZED = { headers: { authorization: `Bearer ${TOKEN}` } };

/** @param elsewhere address of another system */
const rulesFor = (elsewhere: string) => ({
  'calendars.json': { always: { zone: 'America/New_York', hours: { 'mon-sun': ['00:00-24:00'] } } },
  'waits.rule.json': {
    name: 'Two seconds on hold',
    for: '2s',
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
    actions: [
      { type: 'slack.alert', params: { channel: '#chat-ops', text: 'held {{ session.id }}' } },
      {
        type: 'record',
        params: { dataset: 'held', fields: { session: '{{ session.id }}', open: '{{ clock.open.always }}' } },
      },
    ],
  },
  'calls.rule.json': {
    name: 'Calls Zoho Desk and another system',
    on: ['IM_Session_Status'],
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'BLOCKED' }] },
    actions: [
      { type: 'zoho.setSessionStatus', params: { status: 'ENDED' } },
      {
        type: 'http.request',
        params: { url: `${elsewhere}/blocked/{{ session.id }}`, body: { id: '{{ session.id }}' } },
      },
    ],
  },
});

let folder: string;
let builtIn: string;
let zoho: ZohoStandIn;
let slack: SlackStandIn;
let elsewhere: ScriptedServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigia-worker-'));
  builtIn = join(folder, 'built');
  const rulesDir = join(folder, 'rules');
  await mkdir(rulesDir);
  elsewhere = await startScriptedServer();
  for (const [name, rule] of Object.entries(rulesFor(elsewhere.url))) {
    await writeFile(join(rulesDir, name), JSON.stringify(rule));
  }
  const { code, said } = await buildWorker(builtIn, rulesDir);
  expect(code, said).toBe(0);
  zoho = createZohoStandIn({ clock: systemClock });
  slack = createSlackStandIn({ clock: systemClock, limits: 'off' });
  await zoho.start();
  await slack.start();
}, 120_000);

afterAll(async () => {
  await zoho.stop();
  await slack.stop();
  await elsewhere.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('the bundle', () => {
  it('stays under a megabyte, gzipped', async () => {
    const outDir = join(folder, 'shipped');
    const { code, said } = await buildWorker(outDir);
    expect(code, said).toBe(0);
    const files = (await readdir(outDir)).filter((name) => !/\.map$|^README/.test(name));
    const texts = await Promise.all(files.map((name) => readFile(join(outDir, name))));
    const bytes = texts.reduce((sum, text) => sum + gzipSync(text).byteLength, 0);
    console.log(`the Worker has ${bytes} bytes, gzipped`);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(MOST_BYTES);
  }, 60_000);

  it('is not built of faulty rules, and says what is wrong with them', async () => {
    const rulesDir = join(folder, 'faulty');
    await mkdir(rulesDir);
    await writeFile(join(rulesDir, 'faulty.rule.json'), '{ "name": "Faulty", "actions": [] }');
    const { code, said } = await buildWorker(join(folder, 'never'), rulesDir);
    expect(code).not.toBe(0);
    expect(said).toContain('faulty.rule.json');
  }, 60_000);
});

/** A Worker on a database of its own, which is empty unless it is migrated. */
async function start({ migrated, vars = {} }: { migrated: boolean; vars?: Record<string, string> }) {
  const { url: databaseUrl, drop } = await createPostgresDatabase();
  const migrate = async () => {
    const { code, stderr } = await callCli(['migrate'], { cwd: folder, env: { DATABASE_URL: databaseUrl } });
    expect(code, stderr).toBe(0);
  };
  if (migrated) await migrate();
  const worker = await startWorker({
    builtIn,
    databaseUrl,
    vars: {
      ZOHO_ORG_ID: zoho.world.orgId,
      ZOHO_DESK_URL: zoho.url,
      ZOHO_ACCOUNTS_URL: zoho.url,
      SLACK_API_URL: slack.apiUrl,
      ...vars,
    },
    secrets: {
      ADMIN_TOKEN: TOKEN,
      SLACK_BOT_TOKEN: slack.token,
      SLACK_SIGNING_SECRET: slack.signingSecret,
      ZOHO_CLIENT_ID: zoho.world.oauth.clientId,
      ZOHO_CLIENT_SECRET: zoho.world.oauth.clientSecret,
      ZOHO_REFRESH_TOKEN: zoho.world.oauth.refreshToken,
    },
  });
  return {
    ...worker,
    databaseUrl,
    migrate,
    async stop() {
      await worker.stop();
      await drop();
    },
  };
}

async function post(worker: Pick<RunningWorker, 'url'>, sessionId: string, status: string, token?: string) {
  const at = String(Date.now());
  const payload = { sessionId, sessionStatus: status, channelId: 'c1', assigneeType: 'AGENT' };
  const body = [{ orgId: zoho.world.orgId, eventType: 'IM_Session_Status', eventTime: at, payload }];
  return fetch(`${worker.url}/webhooks/zoho-desk`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-zdesk-jwt': token ?? (await zoho.sign()) },
    body: JSON.stringify(body),
  });
}

type Row = Record<string, unknown>;

async function list(worker: Pick<RunningWorker, 'url'>, path: string): Promise<Row[]> {
  const response = await fetch(`${worker.url}${path}`, AUTHORIZED);
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: Row[] }).data;
}

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`not within half a minute: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function cardOf(sessionId: string) {
  return slack.messages('#chat-ops').find(({ text }) => text.includes(`held ${sessionId}`));
}

describe.each(postgresOnly)('the Worker on $kind', { timeout: 60_000 }, () => {
  let worker: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    worker = await start({ migrated: true, vars: { ALLOW_PRIVATE_HTTP: 'true' } });
  }, 60_000);
  afterAll(() => worker.stop());

  it('takes an event, fires its hold at its second without a cron, and delivers the card', async () => {
    const answer = await post(worker, 'first', 'ON_HOLD');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ stored: 1, repeated: 0, rejected: 0 });
    await until('a card', () => cardOf('first'));
    const [fired] = await list(worker, '/api/v1/decisions?sessionId=first&outcome=fired');
    const lateMs = Date.parse(String(fired?.decidedAt)) - Date.parse(String(fired?.at));
    expect(lateMs).toBeGreaterThanOrEqual(0);
    // A cron alone would come after half a minute on the average; the alarm comes at once, but this machine may be busy.
    expect(lateMs).toBeLessThan(15_000);
    const [hold] = await list(worker, '/api/v1/holds?sessionId=first');
    expect(hold).toMatchObject({ ruleId: 'waits' });
    expect(await list(worker, '/api/v1/records/held')).toMatchObject([{ fields: { session: 'first', open: true } }]);
    await until('a delivered action', async () => {
      const actions = await list(worker, '/api/v1/actions?sessionId=first');
      return actions.some(({ type, state }) => type === 'slack.alert' && state === 'delivered') || undefined;
    });

    expect((await post(worker, 'first', 'ENDED')).status).toBe(200);
    await until('the card to be resolved', () => (cardOf('first')?.history.length ?? 0) > 0 || undefined);
  });

  it('serves request after request, and many at once', async () => {
    const chats = Array.from({ length: 5 }, (_, index) => `many-${index}`);
    const answers = await Promise.all(chats.map((chat) => post(worker, chat, 'ON_HOLD')));
    expect(answers.map(({ status }) => status)).toEqual(chats.map(() => 200));
    for (const chat of chats) expect((await post(worker, chat, 'ON_HOLD')).status).toBe(200);
    await until('all holds to fire', async () => {
      const fired = await list(worker, '/api/v1/decisions?outcome=fired&limit=200');
      return chats.every((chat) => fired.some(({ sessionId }) => sessionId === chat)) || undefined;
    });
    const fired = (await list(worker, '/api/v1/decisions?outcome=fired&limit=200')).map(({ sessionId }) => sessionId);
    expect(new Set(fired).size).toBe(fired.length);
  });

  it('calls Zoho Desk with a token that it fetched, and other systems', async () => {
    expect((await post(worker, 'calls', 'BLOCKED')).status).toBe(200);
    await until('a call of Zoho Desk about the chat', () => zoho.calls.find(({ path }) => path.includes('calls')));
    await until('both actions to end', async () => {
      const actions = await list(worker, '/api/v1/actions?sessionId=calls');
      const states = Object.fromEntries(actions.map(({ type, state }) => [type, state]));
      // The stand-in has no such chat: that it says so shows that it believed the token.
      return (states['zoho.setSessionStatus'] === 'skipped' && states['http.request'] === 'delivered') || undefined;
    });
    expect(elsewhere.requests.map(({ path, body }) => [path, body])).toEqual([['/blocked/calls', '{"id":"calls"}']]);
  });

  it('refuses what Zoho did not sign, and what asks without the token', async () => {
    const forged = (await zoho.sign()).replace(/.{8}$/, 'AAAAAAAA');
    expect((await post(worker, 'forged', 'ON_HOLD', forged)).status).toBe(401);
    expect((await post(worker, 'forged', 'ON_HOLD', '')).status).toBe(401);
    for (const path of ['/api/v1/sessions', '/metrics']) expect((await fetch(worker.url + path)).status).toBe(401);
    expect((await fetch(`${worker.url}/api/v1/sessions/forged`, AUTHORIZED)).status).toBe(404);
  });

  it('says that its clock is behind, but not with each request', async () => {
    const ahead = await zoho.sign(Date.now() + 3_600_000);
    for (const chat of ['ahead-1', 'ahead-2', 'ahead-3']) {
      expect((await post(worker, chat, 'ON_HOLD', ahead)).status).toBe(200);
    }
    expect(worker.log().filter((line) => line.includes('behind that of Zoho Desk'))).toHaveLength(1);
  });

  it('shows the board with what it loads', async () => {
    const page = await fetch(`${worker.url}/`, AUTHORIZED);
    expect(page.status).toBe(200);
    const text = await page.text();
    const assets = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? '');
    expect(assets.length).toBeGreaterThanOrEqual(3);
    for (const path of assets) {
      const asset = await fetch(worker.url + path);
      expect(asset.status).toBe(200);
      expect(asset.headers.get('cache-control')).toContain('immutable');
      expect((await asset.text()).length).toBeGreaterThan(100);
    }
    expect(await (await fetch(`${worker.url}/readyz`)).json()).toMatchObject({ status: 'ready', rules: { count: 2 } });
  });

  it('acknowledges an alert, and corrects its card at once', async () => {
    await post(worker, 'acknowledged', 'ON_HOLD');
    const alert = await until('an alert', async () => {
      const alerts = await list(worker, '/api/v1/alerts?state=open');
      return cardOf('acknowledged') && alerts.find(({ sessionId }) => sessionId === 'acknowledged');
    });
    const path = `/api/v1/alerts/${String(alert.id)}/acknowledge`;
    expect((await fetch(worker.url + path, { ...AUTHORIZED, method: 'POST' })).status).toBe(200);
    await until('the card to tell of it', () => (cardOf('acknowledged')?.history.length ?? 0) > 0 || undefined);
  });

  it('hears a click on a card, and corrects the card at once', async () => {
    slack.sendInteractionsTo(`${worker.url}/slack/interactions`);
    await post(worker, 'clicked', 'ON_HOLD');
    const card = await until('a card', () => cardOf('clicked'));
    const click = { channelId: card.channelId, ts: card.ts, actionId: 'vigia.resolve' };
    // The card is there a moment before what its post brought is saved.
    await until('a delivered action', async () => {
      const actions = await list(worker, '/api/v1/actions?sessionId=clicked');
      return actions.some(({ type, state }) => type === 'slack.alert' && state === 'delivered') || undefined;
    });
    expect(await slack.click(click)).toEqual({ ok: true, status: 200 });
    await until('the card to tell of it', () => card.history.length > 0 || undefined);
    expect(JSON.stringify(card.blocks)).toContain('*Resolved*');
    expect(JSON.stringify(card.blocks)).not.toContain('vigia.resolve');
  });

  it('streams a live page until its viewer leaves, and keeps no connection behind any request', async () => {
    const leaving = new AbortController();
    const stream = await fetch(`${worker.url}/live`, { ...AUTHORIZED, signal: leaving.signal });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    const seen = readUntil(stream, (text) => text.includes('/sessions/live-one'));
    await post(worker, 'live-one', 'ON_HOLD');
    const text = await seen;
    expect(text).toContain('event: beat');
    leaving.abort();

    const database = await openPostgres(worker.databaseUrl);
    onTestFinished(() => database.close());
    await until('all connections of invocations to end', async () => {
      const rows = await database.db.execute(sql`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`);
      return rowsOf<{ count: number }>(rows)[0]?.count === 0 || undefined;
    });
  });
});

async function readUntil(response: Response, isEnough: (text: string) => boolean): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const reader = response.body?.getReader();
  while (reader !== undefined && !isEnough(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

describe.each(postgresOnly)('a Worker of its own on $kind', () => {
  it('does with the cron what no request or alarm has seen to', async () => {
    const worker = await start({ migrated: true });
    onTestFinished(() => worker.stop());
    const database = await openPostgres(worker.databaseUrl);
    onTestFinished(() => database.close());
    const { orgId } = zoho.world;
    const ingest = createIngest({ database, clock: systemClock, storePersonalData: false });
    const event = { ...statusEvent(Date.now() - 10_000, 'ON_HOLD', { sessionId: 'silent' }), orgId };
    await ingest([{ ok: true, event }]);

    await worker.strike();
    expect(await list(worker, '/api/v1/decisions?sessionId=silent&outcome=fired')).toHaveLength(1);
    expect(await list(worker, '/api/v1/actions?sessionId=silent&state=delivered')).toHaveLength(2);
    expect(cardOf('silent')).toBeDefined();
    await worker.strike();
    expect(slack.messages('#chat-ops').filter(({ text }) => text.includes('held silent'))).toHaveLength(1);
  }, 60_000);

  it('refuses an old database, says what to do, and works as soon as that is done', async () => {
    const worker = await start({ migrated: false });
    onTestFinished(() => worker.stop());
    const ready = await fetch(`${worker.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ code: 'unavailable', remedy: expect.stringContaining('vigia migrate') });
    expect((await post(worker, 'early', 'ON_HOLD')).status).toBe(503);
    expect((await fetch(`${worker.url}/healthz`)).status).toBe(200);
    expect(worker.log().join()).toContain('lacks');

    const database = await openPostgres(worker.databaseUrl);
    await database.migrate();
    await database.close();
    expect(await (await fetch(`${worker.url}/readyz`)).json()).toMatchObject({
      detail: expect.stringContaining('queue is not installed'),
    });

    await worker.migrate();
    expect((await post(worker, 'early', 'ON_HOLD')).status).toBe(200);
    expect((await fetch(`${worker.url}/readyz`)).status).toBe(200);
  }, 60_000);

  it('refuses a faulty configuration, and tells all of it without a value', async () => {
    const worker = await start({ migrated: false, vars: { ZOHO_DC: 'mars', LOG_LEVEL: 'loud' } });
    onTestFinished(() => worker.stop());
    const answer = await post(worker, 'x', 'ON_HOLD');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      code: 'not_configured',
      detail: expect.stringMatching(/ZOHO_DC.*LOG_LEVEL|LOG_LEVEL.*ZOHO_DC/),
    });
    const log = worker.log().join('\n');
    expect(log).toContain('ZOHO_DC is not a data centre');
    expect(log).toContain('LOG_LEVEL is not a log level');
    expect(log).not.toContain('mars');
  }, 60_000);
});
