import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { HttpConfig } from '../../src/http/app-deps.ts';
import { createZohoVerifier } from '../../src/ingress/zoho-desk/verify-token.ts';
import { announceServer, lockDataDir } from '../../src/runtime/data-dir-lock.ts';
import { createLocalServer, type LocalServer } from '../../src/sandbox/http/local-server.ts';
import { sandboxWorld } from '../../src/sandbox/world.ts';
import { createZohoStandIn } from '../../src/sandbox/zoho/zoho-stand-in.ts';
import { createTestApp, type TestApp } from '../http/test-app.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

/** Far from the wall clock, as in a sandbox that runs fast. */
const THEN = Date.parse('2031-05-04T12:00:00Z');
const SECRET = 'a-secret-of-the-address';

/** The real receiver on a socket, which believes what the stand-in's Zoho Desk has signed. */
const clock = createManualClock(THEN);
const zoho = createZohoStandIn({ clock });
const servers: LocalServer[] = [];
let app: TestApp;
let url: string;

async function startReceiver(config: Partial<HttpConfig> = {}): Promise<{ app: TestApp; url: string }> {
  const { orgId, webhookId } = zoho.world;
  const verifier = createZohoVerifier({ jwksUrl: `${zoho.url}/.well-known/jwks.json`, orgId, webhookId, clock });
  const webhook = { verify: true, secret: undefined };
  const started = createTestApp({ clock, verifier, config: { zoho: { orgId }, webhook, ...config } });
  const server = createLocalServer((request) => started.app.fetch(request));
  await server.start();
  servers.push(server);
  return { app: started, url: server.url };
}

beforeAll(async () => {
  await zoho.start();
  ({ app, url } = await startReceiver());
});
afterAll(() => Promise.all([...servers, zoho].map((server) => server.stop())));
beforeEach(() => {
  app.ingested.length = 0;
});

/** The events that arrived. */
function arrived(): DeskEvent[] {
  return app.ingested.flat().flatMap((item) => (item.ok ? [item.event] : []));
}

async function send(args: readonly string[], more: { stdin?: string; env?: Record<string, string> } = {}) {
  return callCli(['send', ...args, '--url', url], { cwd: await makeFolder(), ...more });
}

describe('vigia send', () => {
  it('sends a change of status, signed, at the time of the server', async () => {
    const { code, stdout, stderr } = await send(['--session', 's1', '--status', 'ON_HOLD', '--old', 'OPEN']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('1 stored, 0 repeated, 0 rejected');
    expect(arrived()).toMatchObject([
      {
        orgId: sandboxWorld.orgId,
        type: 'IM_Session_Status',
        sessionId: 's1',
        at: THEN,
        payload: {
          sessionStatus: 'ON_HOLD',
          sessionOldStatus: 'OPEN',
          replyStatus: 'ACCEPTED',
          currentAssigneeId: null,
          assigneeType: null,
          messagesCount: 1,
          channelId: sandboxWorld.channels[0]?.id,
        },
      },
    ]);
  });

  it('takes channels and agents by their ids or by the names that the sandbox knows', async () => {
    const named = ['--assignee', 'bruno carvalho', '--channel', 'Telegram Suporte'];
    await send(['--session', 's1', '--status', 'ON_PROGRESS', ...named]);
    await send([
      '--session',
      's2',
      '--status',
      'OPEN',
      '--assignee',
      'b1',
      '--assignee-type',
      'BOT',
      '--channel',
      'c1',
    ]);
    expect(arrived().map(({ payload }) => payload)).toMatchObject([
      { currentAssigneeId: '106554189', assigneeType: 'AGENT', channelId: '65403000000038043' },
      { currentAssigneeId: 'b1', assigneeType: 'BOT', channelId: 'c1' },
    ]);
  });

  it('sends a message with an id of its own, so that each is new', async () => {
    await send(['--session', 's1', '--message', 'in', '--text', 'Olá?']);
    await send(['--session', 's1', '--message', 'OUT', '--text', 'Olá!']);
    expect(arrived().map(({ payload }) => payload)).toMatchObject([
      { direction: 'IN', text: 'Olá?', sessionId: 's1', messageType: 'TEXT', actor: { type: 'ENDUSER' } },
      { direction: 'OUT', text: 'Olá!', sessionId: 's1', messageType: 'TEXT', actor: { type: 'AGENT' } },
    ]);
    expect(new Set(arrived().map(({ key }) => key)).size).toBe(2);
  });

  it('sends the events of a file, and completes what they lack', async () => {
    const cwd = await makeFolder();
    const events = [
      { eventType: 'Ticket_Add', eventTime: '1700000000000', orgId: zoho.world.orgId, payload: { id: '1' } },
      { eventType: 'Ticket_Update', payload: { id: '2' }, prevState: { status: 'Open' } },
    ];
    await writeFile(join(cwd, 'events.json'), JSON.stringify(events));
    const { code } = await callCli(['send', 'events.json', '--url', url, '--time', '-15m'], { cwd });
    expect(code).toBe(0);
    expect(arrived()).toMatchObject([
      { type: 'Ticket_Add', at: 1_700_000_000_000 },
      { type: 'Ticket_Update', at: THEN - 900_000, previous: { status: 'Open' } },
    ]);
  });

  it('reads one event from standard input and keeps every digit of its ids', async () => {
    const stdin =
      '{"eventType":"IM_Session_Status","payload":{"sessionId":65403000000038063123,"sessionStatus":"ENDED"}}';
    expect((await send(['-'], { stdin })).code).toBe(0);
    expect(arrived()).toMatchObject([{ sessionId: '65403000000038063123' }]);
  });

  it('takes text from standard input that is cut within a letter', async () => {
    const bytes = new TextEncoder().encode('{"eventType":"Contact_Add","payload":{"id":"1","city":"São"}}');
    const cut = bytes.indexOf(0xc3) + 1;
    const stdin = [bytes.subarray(0, cut), bytes.subarray(cut)];
    await callCli(['send', '-', '--url', url], { cwd: await makeFolder(), stdin });
    expect(arrived()).toMatchObject([{ payload: { city: 'São' } }]);
  });

  it.each([
    ['2026-03-02T10:00:00-03:00', Date.parse('2026-03-02T13:00:00Z')],
    ['1770000000000', 1_770_000_000_000],
    ['-1h30m', THEN - 5_400_000],
    ['+30s', THEN + 30_000],
  ])('--time %s', async (text, at) => {
    await send(['--session', 's1', '--status', 'OPEN', '--time', text]);
    expect(arrived()).toMatchObject([{ at }]);
  });

  it('prints what was sent and what was answered as JSON', async () => {
    const { stdout } = await send(['--session', 's1', '--status', 'ENDED', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      url: `${url}/webhooks/zoho-desk`,
      events: [{ eventType: 'IM_Session_Status', eventTime: String(THEN), payload: { sessionId: 's1' } }],
      status: 200,
      answer: { stored: 1, repeated: 0, rejected: 0 },
    });
  });

  it('sends a status that nobody knows, with a word about it', async () => {
    const { code, stderr } = await send(['--session', 's1', '--status', 'ON_HOL']);
    expect(code).toBe(0);
    expect(stderr).toContain('did you mean ON_HOLD?');
    expect(arrived()).toMatchObject([{ payload: { sessionStatus: 'ON_HOL' } }]);
  });

  it('finds the server that holds the data folder of this environment', async () => {
    const cwd = await makeFolder();
    const lock = await lockDataDir(join(cwd, 'data'));
    await announceServer(join(cwd, 'data'), url);
    try {
      const env = { PORT: '1' };
      expect((await callCli(['send', '--session', 's1', '--status', 'OPEN'], { cwd, env })).code).toBe(0);
      expect(arrived()).toHaveLength(1);
    } finally {
      await lock.release();
    }
  });
});

describe('a refusal is told with its remedy and ends with 1', () => {
  const event = ['--session', 's1', '--status', 'OPEN'];

  it('401: signed for another portal or webhook', async () => {
    for (const other of [
      ['--org', '1'],
      ['--webhook-id', '1'],
    ]) {
      const { code, stdout } = await send([...event, ...other]);
      expect(code).toBe(1);
      expect(stdout).toContain('answered 401');
      expect(stdout).toContain('--org and --webhook-id');
    }
  });

  it('404: the secret part of the address is missing or wrong, and is never printed', async () => {
    const receiver = await startReceiver({ webhook: { verify: true, secret: SECRET } });
    const to = ['send', ...event, '--url', receiver.url];
    const cwd = await makeFolder();
    for (const given of [[], ['--secret', 'another-secret']]) {
      const { code, stdout } = await callCli([...to, ...given], { cwd });
      expect(code).toBe(1);
      expect(stdout).toContain('--secret');
      expect(stdout).not.toContain('another-secret');
    }
    const right = await callCli([...to, '--json'], { cwd, env: { WEBHOOK_SECRET: SECRET } });
    expect(right.code).toBe(0);
    expect(right.stdout).not.toContain(SECRET);
    const whole = ['send', ...event, '--url', `${receiver.url}/webhooks/zoho-desk/${SECRET}`];
    expect(await callCli(whole, { cwd })).toMatchObject({ code: 0, stdout: expect.not.stringContaining(SECRET) });
  });

  it('503: the server has no portal', async () => {
    const receiver = await startReceiver({ zoho: { orgId: undefined } });
    const { code, stdout } = await callCli(['send', ...event, '--url', receiver.url], { cwd: await makeFolder() });
    expect(code).toBe(1);
    expect(stdout).toContain('ZOHO_ORG_ID');
  });

  it('an item that cannot be read, though its neighbours are stored', async () => {
    const stdin = '[5, {"eventType":"Ticket_Add","payload":{"id":"1"}}]';
    const { code, stdout } = await send(['-'], { stdin });
    expect(code).toBe(1);
    expect(stdout).toContain('1 stored, 0 repeated, 1 rejected');
    expect(stdout).toContain('/api/v1/rejected');
  });

  it('something else listens there', async () => {
    const { code, stdout } = await callCli(['send', ...event, '--url', zoho.url], { cwd: await makeFolder() });
    expect(code).toBe(1);
    expect(stdout).toContain('check --url');
  });

  it('nothing listens there', async () => {
    const gone = createLocalServer(() => new Response());
    await gone.start();
    const address = gone.url;
    await gone.stop();
    const { code, stdout, stderr } = await callCli(['send', ...event, '--url', address], { cwd: await makeFolder() });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`nothing answered at ${address}/webhooks/zoho-desk`);
    expect(stderr).toContain('npm run demo');
  });
});

describe('wrong input sends nothing', () => {
  it.each([
    [[], undefined, 'there is nothing to send'],
    [['--status', 'OPEN'], undefined, '--session is missing'],
    [['--session', 's1', '--status', 'OPEN', '--message', 'IN'], undefined, 'more than one thing'],
    [['-', '--session', 's1'], '[]', 'more than one thing'],
    [['--session', 's1', '--message', 'UP'], undefined, '--message UP is no direction'],
    [['--session', 's1', '--status', 'OPEN', '--time', 'yesterday'], undefined, '--time yesterday is not a time'],
    [['--session', 's1', '--status', 'OPEN', '--time', '2026-03-02T10:00:00'], undefined, 'is not a time'],
    [['missing.json'], undefined, 'missing.json cannot be read (ENOENT)'],
    [['-'], 'nonsense', 'standard input is not JSON'],
    [['-'], '"text"', 'standard input holds no events'],
    [['-'], '[]', 'standard input holds an empty array'],
  ])('%j %j', async (args, stdin, message) => {
    const { code, stdout, stderr } = await send(args, stdin === undefined ? {} : { stdin });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(app.ingested).toEqual([]);
  });

  it('an address that is none', async () => {
    const args = ['send', '--session', 's1', '--status', 'OPEN', '--url', 'nonsense'];
    const { code, stderr } = await callCli(args, { cwd: await makeFolder() });
    expect(code).toBe(1);
    expect(stderr).toContain('"nonsense" is not an address');
  });

  it('an environment with faults, all of them told', async () => {
    const { code, stderr } = await send(['--session', 's1', '--status', 'OPEN'], {
      env: { PORT: 'x', LOG_LEVEL: 'y' },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('PORT is not a port number');
    expect(stderr).toContain('LOG_LEVEL is not a log level');
  });
});
