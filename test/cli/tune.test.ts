import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { systemClock } from '../../src/domain/clock.ts';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import { createLocalServer } from '../../src/sandbox/http/local-server.ts';
import { storeItems } from '../../src/store/ingest-events.ts';
import { ADMIN_TOKEN, createTestApp } from '../http/test-app.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';
import { statusEvent } from '../support/timeline.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const HOLD = {
  name: 'On hold',
  for: '5m',
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
  actions: [{ type: 'slack.alert', params: { channel: '#ops', text: 'x' } }],
  steps: [{ after: '10m', actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'x' } }] }],
  limit: { count: 1, per: 'session', within: '1h' },
};
const EVENT = {
  name: 'Many messages',
  on: ['IM_Session_Status'],
  conditions: { all: [{ fact: 'session', path: '$.messagesIn', operator: 'greaterThan', value: 3 }] },
  actions: [{ type: 'record', params: { dataset: 'd', fields: { a: 1 } } }],
};
const RULES = {
  'rules/hold.rule.json': `{\n  "name": ${JSON.stringify(HOLD.name)},\n${JSON.stringify({ ...HOLD, name: undefined }).slice(1)}`,
  'rules/event.rule.json': JSON.stringify(EVENT, null, 2),
  'rules/directory.json': JSON.stringify({ channels: { c1: { name: 'Main' } } }),
};
const MINUTE = 60_000;
/** Chats on hold for so many minutes, one an hour; of these, one is on hold twice. */
const LASTED = [2, 4, 6, 8, 20, 30];
const DAY_START = Date.parse('2026-03-02T00:00:00Z');

function chats(start: number) {
  return LASTED.flatMap((minutes, index) => {
    const at = start + index * 60 * MINUTE;
    const sessionId = `s${index}`;
    const until = at + minutes * MINUTE;
    return [statusEvent(at, 'ON_HOLD', { sessionId }), statusEvent(until, 'ENDED', { sessionId, old: 'ON_HOLD' })];
  });
}

function toLines(events: ReturnType<typeof chats>): string {
  return events
    .map(({ type, at, payload }) => JSON.stringify({ eventType: type, eventTime: String(at), orgId: 'o1', payload }))
    .join('\n');
}

const reportSchema = z.object({
  days: z.number(),
  events: z.number(),
  holds: z.object({
    count: z.number(),
    running: z.number(),
    median: z.object({ ms: z.number(), atLeast: z.boolean() }),
  }),
  thresholds: z.array(
    z.object({ ms: z.number(), present: z.boolean(), fired: z.number(), byChannel: z.record(z.string(), z.number()) }),
  ),
  steps: z.array(z.object({ ms: z.number(), fired: z.number() })),
  warnings: z.array(z.string()),
});

/** Without its last line; of a later version. */
const HISTORIES = {
  'cut.jsonl': `{"kind":"vigia.history","version":1,"portal":"p"}\n${toLines(chats(DAY_START))}`,
  'later.jsonl': `{"kind":"vigia.history","version":2,"portal":"p"}\n${toLines(chats(DAY_START))}`,
};

function firedOf({ stdout }: { stdout: string }) {
  const report = reportSchema.parse(JSON.parse(stdout));
  return { ...report, fired: Object.fromEntries(report.thresholds.map(({ ms, fired }) => [ms / MINUTE, fired])) };
}

describe('vigia tune', () => {
  it('tells what other thresholds and delays of steps would have meant, with the sample, by channel and hour', async () => {
    const cwd = await makeFolder({ ...RULES, 'day.jsonl': toLines(chats(DAY_START)) });
    const args = ['tune', 'hold', '--events', 'day.jsonl', '--zone', 'America/Sao_Paulo', '--thresholds', '3m,7m'];
    const { code, stdout } = await callCli(args, { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('01/03/2026 21:00:00 America/Sao_Paulo to 02/03/2026 02:30:00 America/Sao_Paulo');
    expect(stdout).toContain('its conditions held 6 times: median 6m, p90 30m, longest 30m');
    expect(stdout).toContain('ended with the chat in ENDED (6)');
    expect(stdout).toMatch(/^ {2}3m +21\.8 +5 +83\.3% +5$/m);
    expect(stdout).toMatch(/^ {2}5m\* +17\.4 +4 +66\.7% +4$/m);
    expect(stdout).toMatch(/^ {2}7m +13\.1 +3 +50\.0% +3$/m);
    expect(stdout).toMatch(/^ {2}Main +5 +4 +3$/m);
    // Six minutes from 23:00 in São Paulo: it fires at 23:03 and 23:05, and with 7m not at all.
    expect(stdout).toMatch(/^ {2}23:00 +1 +1 +-$/m);
    expect(stdout).toMatch(/^ {2}10m\* +8\.7 +2 +33\.3%$/m);
    expect(stdout).toMatch(/rules\/hold\.rule\.json:\d+ {2}limit: 1 per session within 1h/);
    expect(stdout).toContain('! a small sample: 6 holds');
    expect(stdout).toContain('! only 0.23 days');
  });

  it('chooses thresholds around the present one and where the durations lie', async () => {
    const cwd = await makeFolder({ ...RULES, 'day.jsonl': toLines(chats(DAY_START)) });
    const { fired } = firedOf(await callCli(['tune', 'hold', '--events', 'day.jsonl', '--json'], { cwd }));
    expect(fired).toEqual({ 3: 5, 4: 4, 5: 4, 6: 3, 8: 2, 30: 0 });
  });

  it('counts a hold that still runs at the end as one that lasted at least so long, and may yet fire', async () => {
    const events = chats(DAY_START).slice(0, -1);
    const later = statusEvent(DAY_START + 304 * MINUTE, 'OPEN', { sessionId: 'other' });
    const cwd = await makeFolder({ ...RULES, 'day.jsonl': toLines([...events, later]) });
    const args = ['tune', 'hold', '--events', 'day.jsonl', '--thresholds', '3m'];
    const { stdout } = await callCli(args, { cwd });
    expect(stdout).toContain('its conditions held 6 times: median at least 4m, p90 at least 20m, longest at least 20m');
    expect(stdout).toContain('1 of them still ran at the end: they lasted at least so long');
    expect(stdout).toMatch(/^ {2}3m +\d+\.\d +5 .* 5$/m);
    expect(stdout).toMatch(/^ {2}5m\* +\d+\.\d +3 .* 3 {2}1 may yet$/m);
  });

  it('writes the holds as rows, in which no text is taken for a formula', async () => {
    const hostile = statusEvent(DAY_START, 'ON_HOLD', {
      channelId: '=HYPERLINK("http://x","y")',
      currentAssigneeId: 'a,1',
    });
    const cwd = await makeFolder({
      ...RULES,
      'day.jsonl': toLines([hostile, ...chats(DAY_START + MINUTE).slice(0, 2)]),
    });
    const { stdout } = await callCli(['tune', 'hold', '--events', 'day.jsonl', '--csv'], { cwd });
    expect(stdout.split('\r\n')).toEqual([
      'startedAt,untilAt,lastedSeconds,running,approximate,sessionId,channelId,assigneeId,endedIn',
      '2026-03-02T00:01:00.000Z,2026-03-02T00:03:00.000Z,120,false,false,s0,c1,a1,ENDED',
      `2026-03-02T00:00:00.000Z,2026-03-02T00:03:00.000Z,180,true,false,s1,"'=HYPERLINK(""http://x"",""y"")","a,1",`,
      '',
    ]);
  });

  it('tries the delays of the steps of a rule that fires at events', async () => {
    const on = { ...HOLD, for: undefined, on: ['IM_Session_Status'], limit: undefined };
    const cwd = await makeFolder({
      'rules/hold.rule.json': JSON.stringify(on),
      'day.jsonl': toLines(chats(DAY_START)),
    });
    const { code, stdout } = await callCli(['tune', 'hold', '--events', 'day.jsonl', '--steps', '7m'], { cwd });
    expect(code).toBe(0);
    expect(stdout).not.toContain('"for"');
    expect(stdout).toMatch(/^ {2}7m +\d+\.\d +3 /m);
    expect(stdout).toMatch(/^ {2}10m\* +\d+\.\d +2 /m);
  });

  it.each([
    [['nothing'], 'there is no rule "nothing" in rules', 'Known here: event, hold.'],
    [['holt'], 'there is no rule "holt" in rules', 'Did you mean "hold"?'],
    [
      ['event'],
      'rules/event.rule.json:3: event fires at events ("on") and has no steps: nothing in it waits',
      'rules/event.rule.json:12 session.messagesIn greaterThan 3',
    ],
    [['hold', '--rules', 'none'], 'there is no rule in none', 'Is it the right folder?'],
    [['hold', '--thresholds', '5'], '"5" is not a duration', ''],
    [['hold', '--since', 'tomorrow'], 'Give a duration such as 30d', ''],
    [['hold', '--zone', 'Sao Paulo'], 'Did you mean America/Sao_Paulo?', ''],
    [['hold', '--events', 'no.jsonl'], 'there is no file', ''],
    [['hold', '--events', '-'], 'the events are read twice', 'Write them into a file'],
    [['hold', '--events', 'empty.jsonl'], 'empty.jsonl is empty', ''],
    [['hold', '--events', 'bad.jsonl'], 'no event could be read from bad.jsonl: line 1: it is not JSON', ''],
    [['hold', '--events', 'cut.jsonl'], 'the history is cut off', 'Copy or export it again'],
    [['hold', '--events', 'later.jsonl'], 'the history is of another version', 'Use the Vigia that exported it'],
    [['hold'], 'ZOHO_ORG_ID is not set', 'give a file of events with --events'],
  ])('says of %j what is wrong and what to do, and exits with 1', async (args, message, remedy) => {
    const cwd = await makeFolder({
      ...RULES,
      'none/readme.json': '{}',
      'empty.jsonl': '',
      'bad.jsonl': '{broken',
      ...HISTORIES,
    });
    const { code, stdout, stderr } = await callCli(['tune', ...args], { cwd });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
    expect(stderr).toContain(remedy);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('says where rules are broken, and exits with 2', async () => {
    const cwd = await makeFolder({ 'rules/hold.rule.json': '{' });
    const { code, stdout } = await callCli(['tune', 'hold'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain('rules/hold.rule.json:1:');
  });

  it('says what to do where there is no database yet, or one of another version', async () => {
    const cwd = await makeFolder(RULES);
    const env = { ZOHO_ORG_ID: 'o1', DATA_DIR: 'data' };
    const { code, stderr } = await callCli(['tune', 'hold'], { cwd, env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/there is no database in .*data yet/);
  });
});

const HOUR = 60 * MINUTE;

async function checkStored(env: Record<string, string>, cwd: string, ...more: string[]) {
  const args = ['tune', 'hold', '--thresholds', '3m,7m', '--json', '--since', '2d', ...more];
  const { stdout } = await callCli(args, { cwd, env });
  const { fired, days, events, holds } = firedOf({ stdout });
  expect(fired).toEqual({ 3: 6, 5: 5, 7: 4 });
  expect(days).toBe(2);
  // What was there before the stretch shows how the chat stood then, and is counted where it fires within.
  expect([events, holds.count]).toEqual([LASTED.length * 2 - 1, LASTED.length - 1]);
}

/** The first chat is held from three minutes before the stretch of two days on. */
function recentChats() {
  const since = Date.now() - 48 * HOUR;
  const [first, ...others] = chats(since + HOUR);
  if (first === undefined) return [];
  return [
    statusEvent(since - 3 * MINUTE + 30_000, 'ON_HOLD', { sessionId: 's0' }),
    ...others.slice(1),
    others[0],
  ].flatMap((event) => (event === undefined ? [] : [event]));
}

function toStorable(events: ReturnType<typeof chats>) {
  const batch = events.map((event) => ({ ...event, storedPayload: event.payload, repeats: 0, hasPersonal: false }));
  return { batch, rejected: [] };
}

describe('vigia tune from the database', () => {
  it.each(postgresOnly)('reads $kind while a server uses it', async () => {
    const { url, drop } = await createPostgresDatabase();
    onTestFinished(drop);
    const cwd = await makeFolder(RULES);
    const env = { ZOHO_ORG_ID: 'o1', DATABASE_URL: url };
    const database = await openPostgres(url);
    onTestFinished(() => database.close());
    const pending = await callCli(['tune', 'hold'], { cwd, env });
    expect(pending.stderr).toContain('has not been brought up to date');
    await database.migrate();
    await storeItems(database.db, toStorable(recentChats()));
    await checkStored(env, cwd);
    const exported = ['export', 'history', '--since', '3d', '--gzip', '--out', 'history.gz'];
    expect((await callCli(exported, { cwd, env })).code).toBe(0);
    const elsewhere = ['tune', 'hold', '--thresholds', '3m,7m', '--json', '--events', 'history.gz'];
    expect(firedOf(await callCli(elsewhere, { cwd })).fired).toEqual({ 3: 6, 5: 5, 7: 4 });
    const { app } = createTestApp({ db: database.db, clock: systemClock, config: { zoho: { orgId: 'o1' } } });
    const server = createLocalServer((request) => app.fetch(request));
    await server.start();
    onTestFinished(() => server.stop());
    await checkStored({ ADMIN_TOKEN }, cwd, '--url', server.url);
    const silent = await callCli(['tune', 'hold', '--since', '10m', '--url', server.url], {
      cwd,
      env: { ADMIN_TOKEN },
    });
    expect(silent.stderr).toContain('has no events from');
    const empty = await callCli(['tune', 'hold', '--since', '10m'], { cwd, env });
    expect(empty.code).toBe(1);
    expect(empty.stderr).toMatch(/has no events from .*Look further back with --since/s);
  });
});
