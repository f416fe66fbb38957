import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { AREAS } from '../../src/cli/doctor/finding.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { announceServer, lockDataDir } from '../../src/runtime/data-dir-lock.ts';
import { createLocalServer } from '../../src/sandbox/http/local-server.ts';
import { createSlackStandIn } from '../../src/sandbox/slack/slack-stand-in.ts';
import { createZohoStandIn, type ZohoStandIn } from '../../src/sandbox/zoho/zoho-stand-in.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

/** A new one for each test: it gives ten access tokens in ten minutes, as Zoho does. */
let zoho: ZohoStandIn;
const slack = createSlackStandIn({ clock: systemClock, limits: 'off' });
beforeAll(() => slack.start());
afterAll(() => slack.stop());
beforeEach(async () => {
  zoho = createZohoStandIn({ clock: systemClock });
  await zoho.start();
  onTestFinished(() => zoho.stop());
});

const reportSchema = z.object({
  ok: z.boolean(),
  findings: z.array(
    z.strictObject({
      area: z.enum(AREAS),
      status: z.enum(['ok', 'warn', 'fail']),
      message: z.string(),
      remedy: z.string().min(1).optional(),
    }),
  ),
});

const held = { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] };

function ruleThat(actions: object[], more: object = {}): string {
  return JSON.stringify({ name: 'A rule', for: '15m', conditions: held, actions, ...more });
}

const postTo = (channel: string) => ({ type: 'slack.post', params: { channel, text: 'x' } });

/** Everything connected to the stand-ins; `files` beside it. */
async function doctor(files: Record<string, string>, changes: Record<string, string> = {}, args: string[] = []) {
  const { orgId, webhookId, oauth } = zoho.world;
  const env = {
    ...CONNECTED,
    ZOHO_ORG_ID: orgId,
    ZOHO_WEBHOOK_ID: webhookId,
    ZOHO_DESK_URL: zoho.url,
    ZOHO_ACCOUNTS_URL: zoho.url,
    ZOHO_CLIENT_ID: oauth.clientId,
    ZOHO_CLIENT_SECRET: oauth.clientSecret,
    ZOHO_REFRESH_TOKEN: oauth.refreshToken,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_API_URL: slack.apiUrl,
    ...changes,
  };
  const cwd = await makeFolder(files);
  const { code, stdout, stderr } = await callCli(['doctor', '--json', ...args], { cwd, env });
  expect(stderr).toBe('');
  for (const secret of [env.ADMIN_TOKEN, env.WEBHOOK_SECRET, env.ZOHO_CLIENT_SECRET, env.ZOHO_REFRESH_TOKEN])
    expect(stdout).not.toContain(secret);
  const { ok, findings } = reportSchema.parse(JSON.parse(stdout));
  expect(code).toBe(ok ? 0 : 2);
  return { ok, lines: findings.map(({ area, status, message }) => `${status} ${area}: ${message}`), findings, cwd };
}

const CONNECTED = {
  PORT: '1',
  PUBLIC_URL: 'https://vigia.invalid',
  ADMIN_TOKEN: 'an-admin-token-for-tests',
  WEBHOOK_SECRET: 'a-secret-of-the-address',
};

const RULES = { 'rules/held.rule.json': ruleThat([postTo('#chat-ops')]) };

describe('vigia doctor', () => {
  it('tells what is configured and reachable, and changes nothing', async () => {
    const { ok, lines, cwd } = await doctor(RULES);
    expect(ok).toBe(true);
    expect(lines).toEqual([
      'ok environment: every variable that is set makes sense',
      `ok database: the embedded database will be made in ${join(cwd, 'data')} when the server starts`,
      expect.stringMatching(/^ok rules: 1 rule \(1 live\), ruleset [0-9a-f]{12}$/),
      'ok server: none runs at http://127.0.0.1:1',
      'ok webhook: enter https://vigia.invalid/webhooks/zoho-desk/<WEBHOOK_SECRET> in Zoho Desk (64 of 100 characters)',
      'warn webhook: it did not answer the probe that Zoho sends (GET, 200)',
      `ok webhook: the keys of Zoho Desk can be read (${zoho.url}/.well-known/jwks.json)`,
      `ok zoho-desk: connected to portal ${zoho.world.orgId} at ${zoho.url}: chats can be read`,
      'ok slack: connected to Loja Exemplo as vigia',
      'ok slack: cards have no buttons: SLACK_SIGNING_SECRET is not set',
      'ok slack: the bot is in #chat-ops',
    ]);
    expect(slack.messages('#chat-ops')).toEqual([]);
  });

  it('tells every fault of the environment at once, and looks no further', async () => {
    const { lines } = await doctor(RULES, { PORT: 'x', LOG_LEVEL: 'loud', HOST: '0.0.0.0', WEBHOOK_VERIFY: 'off' });
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => line.startsWith('fail environment: '))).toBe(true);
  });

  it('prints the same for people, each fault with its remedy, and ends with 2', async () => {
    const cwd = await makeFolder({ 'rules/held.rule.json': ruleThat([postTo('#general')]) });
    const env = { PORT: '1', SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.apiUrl };
    const { code, stdout } = await callCli(['doctor'], { cwd, env });
    expect(code).toBe(2);
    expect(stdout).toContain(
      'slack\n  ok    connected to Loja Exemplo as vigia\n  ok    cards have no buttons: SLACK_SIGNING_SECRET is not set\n  fail  the bot is not in #general\n',
    );
    expect(stdout).toMatch(/fail {2}the bot is not in #general\n {8}invite the bot/);
    expect(stdout).toContain('\n1 failed, ');
  });
});

describe('rules', () => {
  it('that a server would not take fail, with the place of the first fault', async () => {
    const { lines } = await doctor({ 'rules/bad.rule.json': '{ "name": "x" ' });
    expect(lines).toContainEqual(expect.stringMatching(/^fail rules: .*the first: bad\.rule\.json:1:\d+ /));
  });

  it('that are not there fail', async () => {
    const { ok, lines } = await doctor({});
    expect(ok).toBe(false);
    expect(lines).toContainEqual(expect.stringContaining('fail rules: there is no rules folder'));
  });
});

describe('Slack', () => {
  it('is asked about every channel that a rule names, in steps, ends and failures too', async () => {
    const rule = ruleThat([{ ...postTo('#chat-ops'), onFailure: [postTo('#general')] }, postTo('{{ channel.name }}')], {
      steps: [{ after: '10m', actions: [postTo('#nowhere')] }],
      onResolve: [postTo('#supervisors')],
    });
    const off = ruleThat([postTo('#of-a-rule-that-is-off')], { mode: 'off' });
    const { lines } = await doctor({ 'rules/a.rule.json': rule, 'rules/b.rule.json': off });
    expect(lines.filter((line) => line.includes(' slack: '))).toEqual([
      'ok slack: connected to Loja Exemplo as vigia',
      'ok slack: cards have no buttons: SLACK_SIGNING_SECRET is not set',
      'ok slack: the bot is in #chat-ops',
      'fail slack: the bot is not in #general',
      'fail slack: there is no channel #nowhere that the bot could see',
      'ok slack: the bot is in #supervisors',
      'ok slack: 1 channel of the rules only known when a rule fires: not looked at',
    ]);
  });

  it('is asked about the owner’s channel too, and told to have buttons with a signing secret', async () => {
    const more = { SLACK_OWNER_CHANNEL: '#general', SLACK_SIGNING_SECRET: 'a-signing-secret' };
    const { lines, findings } = await doctor({ 'rules/a.rule.json': ruleThat([postTo('#chat-ops')]) }, more);
    expect(lines).toContain('fail slack: the bot is not in #general');
    expect(lines).toContain('ok slack: cards have buttons; clicks are taken at /slack/interactions');
    expect(JSON.stringify(findings)).not.toContain('a-signing-secret');
  });

  it('fails with a token that it does not know', async () => {
    const { lines } = await doctor(RULES, { SLACK_BOT_TOKEN: 'xoxb-wrong' });
    expect(lines.filter((line) => line.startsWith('fail'))).toEqual([expect.stringContaining('fail slack: ')]);
    expect(lines.join()).not.toContain('xoxb-wrong');
  });

  it('without a token is a warning where rules want it', async () => {
    const wanted = await doctor(RULES, { SLACK_BOT_TOKEN: '' });
    expect(wanted.ok).toBe(true);
    expect(wanted.lines).toContain('warn slack: not connected, though the rules have 1 action for it');
    const record = { type: 'record', params: { dataset: 'ended', fields: { id: '{{ session.id }}' } } };
    const unwanted = await doctor({ 'rules/a.rule.json': ruleThat([record]) }, { SLACK_BOT_TOKEN: '' });
    expect(unwanted.lines).toContain('ok slack: not connected, and no rule posts there');
  });

  it('gets a test message on demand, in the channels of the rules or in the one that is named', async () => {
    const before = slack.messages('#supervisors').length;
    expect((await doctor(RULES, {}, ['--send-test'])).lines).toContain(
      'ok slack: a test message was posted to #chat-ops',
    );
    expect(slack.messages('#chat-ops').at(-1)?.text).toContain('A test message of Vigia');
    expect((await doctor(RULES, {}, ['--send-test', '#supervisors'])).ok).toBe(true);
    expect(slack.messages('#supervisors').length).toBe(before + 1);
    const refused = await doctor(RULES, {}, ['--send-test', '#general']);
    expect(refused.lines).toContain('fail slack: no test message could be posted to #general');
    const unconnected = await doctor(RULES, { SLACK_BOT_TOKEN: '' }, ['--send-test']);
    expect(unconnected.lines).toContain('fail slack: not connected: no test message can be sent');
  });
});

describe('Zoho Desk', () => {
  it('fails with credentials that it refuses', async () => {
    const { findings } = await doctor(RULES, { ZOHO_CLIENT_SECRET: 'a-wrong-client-secret' });
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([
      {
        area: 'zoho-desk',
        status: 'fail',
        message: expect.stringContaining('ZOHO_CLIENT_SECRET is wrong'),
        remedy: expect.any(String),
      },
    ]);
  });

  it('fails when its keys cannot be read: webhooks would be answered with 503', async () => {
    zoho.faults.add({ fault: 'respond', status: 500, path: '/.well-known/jwks.json' });
    const { lines } = await doctor(RULES);
    expect(lines.filter((line) => line.startsWith('fail'))).toEqual([
      expect.stringContaining('fail webhook: the keys of Zoho Desk cannot be read'),
    ]);
  });

  it('that has no credits left is a warning', async () => {
    zoho.faults.add({ fault: 'threshold_exceeded', path: '/api/v1/im/sessions' });
    const { ok, lines } = await doctor(RULES);
    expect(ok).toBe(true);
    expect(lines).toContain('warn zoho-desk: the API credits of the day are used up in Zoho Desk');
  });
});

describe('the webhook’s address', () => {
  it('is tried as Zoho tries it', async () => {
    const receiver = createLocalServer(({ method }) => new Response('ok', { status: method === 'GET' ? 200 : 500 }));
    await receiver.start();
    onTestFinished(() => receiver.stop());
    const { lines } = await doctor(RULES, { PUBLIC_URL: receiver.url });
    expect(lines).toContain('ok webhook: it answers the probe that Zoho sends');
    expect(lines).toContainEqual(expect.stringContaining(`warn webhook: enter ${receiver.url}/webhooks/zoho-desk/`));
  });

  it('is not known without PUBLIC_URL', async () => {
    const { lines } = await doctor(RULES, { PUBLIC_URL: '' });
    expect(lines).toContainEqual(expect.stringContaining('warn webhook: PUBLIC_URL is not set'));
  });
});

describe('the server', () => {
  it('that has the data folder open is named and asked, and the folder is left to it', async () => {
    const ready = {
      status: 'ready',
      database: { ok: true },
      rules: { ok: false },
      receiver: { ok: false, reason: 'why' },
      heldBack: { pauses: 2, silences: 1 },
    };
    const server = createLocalServer(() => Response.json(ready));
    await server.start();
    onTestFinished(() => server.stop());
    const dataDir = join(await makeFolder(), 'data');
    const lock = await lockDataDir(dataDir);
    onTestFinished(() => lock.release());
    await announceServer(dataDir, server.url);
    const { ok, lines } = await doctor(RULES, { DATA_DIR: dataDir });
    expect(ok).toBe(true);
    expect(lines).toContain(`ok database: the embedded database in ${dataDir} is open in the server at ${server.url}`);
    expect(lines).toContain(`warn server: one runs at ${server.url}, but not all is well: rules, receiver (why)`);
    expect(lines).toContain('warn server: 2 pauses are in force: actions are not carried out');
    expect(lines).toContain('ok server: a silence is in force: see "vigia silence list"');
  });

  it('that is no Vigia is told', async () => {
    const stranger = createLocalServer(() => new Response('hello'));
    await stranger.start();
    onTestFinished(() => stranger.stop());
    const { lines } = await doctor(RULES, { PORT: new URL(stranger.url).port });
    expect(lines).toContain(`warn server: what listens at ${stranger.url} is not Vigia`);
  });
});

describe.each(postgresOnly)('the database on $kind', () => {
  it('is told with its version and its migrations', async () => {
    const { url, drop } = await createPostgresDatabase();
    onTestFinished(drop);
    const fresh = await doctor(RULES, { DATABASE_URL: url });
    expect(fresh.ok).toBe(true);
    expect(fresh.lines).toContainEqual(expect.stringMatching(/^warn database: .*pending migrations: 0000_init, /));
    await callCli(['migrate'], { cwd: '/', env: { DATABASE_URL: url } });
    const migrated = await doctor(RULES, { DATABASE_URL: url });
    expect(migrated.lines).toContainEqual(expect.stringMatching(/^ok database: PostgreSQL \d\S+ at .* is up to date/));
    expect(migrated.lines).toContainEqual(expect.stringContaining('ok zoho-desk: connected'));
  });

  it('that cannot be used fails, and the rest is looked at all the same', async () => {
    const { findings, lines } = await doctor(RULES, { DATABASE_URL: 'postgres://u:a-password@127.0.0.1:1/vigia' });
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([
      {
        area: 'database',
        status: 'fail',
        message: 'PostgreSQL at 127.0.0.1:1/vigia cannot be used: nothing listens there',
        remedy: 'Start PostgreSQL, or check DATABASE_URL.',
      },
    ]);
    expect(lines).toContain('ok slack: the bot is in #chat-ops');
  });
});
