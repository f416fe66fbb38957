import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRuleset } from '../../src/engine/load/load-ruleset.ts';
import { acknowledgeAlert } from '../../src/services/alert-verbs.ts';
import { saveRuleset } from '../../src/store/rulesets.ts';
import { events } from '../../src/store/schema.ts';
import { createActing } from '../support/acting.ts';
import { postgresOnly, type TestDatabase } from '../support/databases.ts';
import { runSql } from '../support/run-sql.ts';
import { MINUTE, messageEvent, START, statusEvent } from '../support/timeline.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const SESSION = '65403000001234567';
const held = (rest: object = {}) =>
  JSON.stringify({
    name: 'Held',
    for: '2m',
    conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
    actions: [{ type: 'slack.alert', params: { channel: '#ops', text: 'Chat {{ session.id }} waits' } }],
    steps: [{ after: '3m', actions: [{ type: 'slack.post', params: { channel: '#ops', text: 'still' } }] }],
    ...rest,
  });
const everywhere = JSON.stringify({
  name: 'On a channel',
  on: ['IM_Session_Status'],
  conditions: { all: [{ fact: 'session', path: '$.assigneeId', operator: 'equal', value: '106554156' }] },
  limit: { count: 1, per: 'channel', within: '1h' },
  actions: [{ type: 'record', params: { dataset: 'd', fields: { s: '{{ session.id }}' } } }],
});
const FILES = { 'held.rule.json': held(), 'everywhere.rule.json': everywhere };

describe.each(postgresOnly)('vigia record, on $kind', ({ open }) => {
  let database: TestDatabase;
  let env: Record<string, string | undefined>;
  let orgId: string;
  beforeAll(async () => {
    database = await open();
    const loaded = loadRuleset(new Map(Object.entries(FILES)));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
    const acting = createActing(database, loaded.ruleset.rules);
    ({ orgId } = acting);
    env = { DATABASE_URL: database.url, ZOHO_ORG_ID: orgId };
    const { clock, deps } = acting;
    await saveRuleset(database.db, orgId, { hash: acting.ruleset.hash, files: FILES }, START);
    const more = { sessionId: SESSION, currentAssigneeId: '106554156', channelId: '65403000000038011' };
    // Another chat takes the only firing of the channel.
    await acting.take(statusEvent(START - MINUTE, 'OPEN', { ...more, sessionId: 'other' }));
    clock.set(START + 250);
    await acting.take({ ...statusEvent(START, 'ON_HOLD', { ...more, old: 'OPEN' }), receivedAt: START + 250 });
    clock.set(START + 30_400);
    await acting.take({ ...messageEvent(START + 30_000, 'IN', {}, SESSION), receivedAt: START + 30_400 });
    clock.set(START + 2 * MINUTE + 60);
    await acting.judge();
    await acting.deliverAll();
    clock.advance(MINUTE);
    const card = (await acting.actions()).find(({ type }) => type === 'slack.alert');
    await acknowledgeAlert({ ...deps, rulesetHash: () => acting.ruleset.hash }, orgId, card?.id ?? '', 'slack:U04ANA');
    clock.set(START + 5 * MINUTE + 10);
    await acting.judge();
    await acting.take(statusEvent(START, 'OPEN', { ...more, sessionId: 'limited' }));
    clock.set(START + 6 * MINUTE + 300);
    await acting.take({
      ...statusEvent(START + 6 * MINUTE, 'ENDED', { ...more, old: 'ON_HOLD' }),
      receivedAt: clock.now(),
    });
    await database.db.insert(events).values({ ...statusEvent(START, 'OPEN', { sessionId: 'quiet' }), orgId });
  });
  afterAll(() => database.close());

  const folder = (files: Record<string, string> = FILES) =>
    makeFolder(Object.fromEntries(Object.entries(files).map(([name, text]) => [`rules/${name}`, text])));

  it('writes a test that passes, without a trace of whose chat it was', async () => {
    const cwd = await folder();
    const { code, stdout, stderr } = await callCli(['record', SESSION], { cwd, env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('ok rules/held.recorded.test.json: ');
    expect(stdout).toContain('note: everywhere is not in it: its limit counts other chats too');
    expect(stdout).toContain('It passes with the rules as they are: vigia test held');
    const text = await readFile(join(cwd, 'rules/held.recorded.test.json'), 'utf8');
    expect(text).not.toMatch(/65403|106554156|U04ANA|Kamal|acting-/);
    const [test] = JSON.parse(text).tests;
    expect(test.steps).toMatchObject([
      {
        at: '0s',
        event: { sessionId: 's1', sessionStatus: 'ON_HOLD' },
        decisions: [{ outcome: 'armed', rule: 'held', session: 's1' }],
      },
      { at: '30s', event: { type: 'IM_Message_Add', text: '[blanked]' } },
      { at: '2m', decisions: [{ outcome: 'fired' }] },
      { at: '3m60ms', click: { button: 'acknowledge', rule: 'held', session: 's1' } },
      { at: '5m', decisions: [{ outcome: 'skipped' }] },
      {
        at: '6m',
        event: { sessionStatus: 'ENDED' },
        decisions: [{ outcome: 'resolved' }],
        cards: [{ state: 'resolved', rule: 'held' }],
      },
    ]);
    const run = await callCli(['test', 'rules/held.recorded.test.json'], { cwd });
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining('1 passed, 0 failed') });
    expect((await callCli(['check'], { cwd })).stdout).not.toContain('not-loaded');
  });

  it('holds the decisions as they were when a rule has been edited since, and says which one', async () => {
    const cwd = await folder({ ...FILES, 'held.rule.json': held({ for: '10m' }) });
    const { code, stdout } = await callCli(['record', SESSION, '--name', 'as it was'], { cwd, env });
    expect(code).toBe(0);
    expect(stdout).toContain('note: changed since the chat was judged: held.rule.json');
    expect(stdout).toContain('note: it fails with the rules as they are now');
    expect((await callCli(['test', '--name', 'as it was'], { cwd })).code).toBe(2);
    await writeFile(join(cwd, 'rules/held.rule.json'), held());
    expect((await callCli(['test'], { cwd })).code).toBe(0);
  });

  it('replaces no file unasked', async () => {
    const cwd = await folder();
    await callCli(['record', SESSION], { cwd, env });
    const again = await callCli(['record', SESSION], { cwd, env });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('is there already\n  Give another file, or replace it with --force.');
    const forced = await callCli(['record', SESSION, '--force', '--json'], { cwd, env });
    expect(JSON.parse(forced.stdout)).toMatchObject({
      rule: 'held',
      rules: ['held'],
      passes: true,
      cards: true,
      differ: [],
    });
  });

  it.each([
    [['nobody'], 'no event of a chat nobody has come'],
    [['quiet'], 'no event of a chat quiet has come'],
    [['limited'], 'nothing of what was decided'],
    [[SESSION, '--rule', 'everywhere'], 'cannot be recorded as a test of everywhere: its limit counts other chats too'],
    [[SESSION, '--out', 'x.json'], 'x.json is no name for a test of held'],
    [[SESSION, '--rules', 'nowhere'], 'there is no rules folder'],
  ])('answers %j with what to do', async (args, words) => {
    const cwd = await folder();
    const { code, stdout, stderr } = await callCli(['record', ...args], { cwd, env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('not expected');
  });

  it('says so when the rules that judged are gone, and when the rules of the folder cannot be read', async () => {
    const cwd = await folder({ 'everywhere.rule.json': everywhere });
    expect((await callCli(['record', SESSION], { cwd, env })).stderr).toContain(
      'held: the folder has no such rule any more',
    );
    await writeFile(join(cwd, 'rules/everywhere.rule.json'), '{');
    const { code, stdout } = await callCli(['record', SESSION], { cwd, env });
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout: expect.stringMatching(/everywhere\.rule\.json:1.*nothing was recorded/s),
    });
    await rm(join(cwd, 'rules'), { recursive: true });
  });

  it('says so when the events of the chat are gone', async () => {
    await runSql(database.url ?? '', `delete from events where org_id = '${orgId}' and type = 'IM_Message_Add'`);
    const { code, stderr } = await callCli(['record', SESSION], { cwd: await folder(), env });
    expect(code).toBe(1);
    expect(stderr).toContain(`1 of the 3 events of chat ${SESSION} are not kept any more`);
  });
});
