import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { createLocalServer, type LocalServer } from '../../src/sandbox/http/local-server.ts';
import { activateRuleset } from '../../src/services/activate-ruleset.ts';
import { explainRule } from '../../src/services/explain/explain-rule.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor } from '../../src/services/process.ts';
import { ADMIN_TOKEN, createTestApp, ORG_ID } from '../http/test-app.ts';
import { pgliteKind, postgresOnly, type TestDatabase } from '../support/databases.ts';
import { loadRules } from '../support/load-rules.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const RULES = loadRules({
  'on-hold.rule.json': {
    name: 'Held for long',
    for: '15m',
    conditions: { all: [{ condition: 'held' }] },
    actions: [{ type: 'slack.alert', params: { channel: '#ops', text: 'x' } }],
  },
  'conditions.json': { held: { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' } },
});

/** A chat that is on hold for two minutes, as the real service has stored it. */
async function holdAChat(database: TestDatabase): Promise<void> {
  const clock = createManualClock(START);
  await activateRuleset({ database, clock }, ORG_ID, RULES);
  const event = { ...statusEvent(START, 'ON_HOLD', { old: 'OPEN', sessionId: '42' }), orgId: ORG_ID };
  await createIngest({ database, clock, storePersonalData: false })([{ ok: true, event }]);
  const { queue } = database;
  const deps = { database, clock, queue, ruleset: () => RULES, channels: () => new Map(), storePersonalData: false };
  await createProcessor(deps).processAll();
}

describe('vigia explain, by a server', () => {
  let database: TestDatabase;
  let server: LocalServer;
  beforeAll(async () => {
    database = await pgliteKind.open();
    await holdAChat(database);
    const clock = createManualClock(START + 2 * MINUTE);
    const { app } = createTestApp({
      clock,
      explain: (orgId, request) => explainRule({ db: database.db, clock }, orgId, request),
    });
    server = createLocalServer((request) => app.fetch(request));
    await server.start();
  });
  afterAll(async () => {
    await server.stop();
    await database.close();
  });

  async function explain(...args: string[]) {
    return callCli(['explain', '--url', server.url, ...args], { cwd: await makeFolder(), env: { ADMIN_TOKEN } });
  }

  it('shows the tree, what it has to pass and what would turn it, readable without colour', async () => {
    const { code, stdout } = await explain('--rule', 'on-hold', '--session', '42', '--zone', 'America/Sao_Paulo');
    expect(code).toBe(0);
    expect(stdout).toContain('on-hold: Held for long · chat 42\n');
    expect(stdout).toContain(
      '  ✓ all of these\n    ✓ the condition "held"\n      ✓ it is on hold  (session.status equal ON_HOLD; it was ON_HOLD)\n',
    );
    expect(stdout).toMatch(
      / {2}\? time: counts since 02\/03\/2026, 10:00:00 \S+, due at 02\/03\/2026, 10:15:00 \S+: another 15m\n/,
    );
    expect(stdout).toMatch(/It would fire\n {2}if it stayed so for another 15m, until 02\/03\/2026, 10:15:00/);
    expect(stdout).toContain('✓ yes  ✗ no  ? not known  · not asked');
  });

  it('speaks Portuguese, and JSON without words of its own', async () => {
    const told = await explain('--rule', 'on-hold', '--session', '42', '--lang', 'pt-BR');
    expect(told.stdout).toContain('a condição "held"');
    expect(told.stdout).toContain('Ela dispararia\n');
    const { stdout } = await explain('--rule', 'on-hold', '--session', '42', '--json', '--at', '-1m');
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'armed',
      decidedBy: 'hold',
      changes: [{ kind: 'lasts', ms: 900_000, until: '2026-03-02T13:15:00.000Z' }],
    });
  });

  it.each([
    [['--rule', 'on-hld', '--session', '42'], 'Did you mean "on-hold"?'],
    [['--rule', 'on-hold', '--session', '43'], 'No event of a chat with the id 43 has come.'],
    [
      ['--rule', 'on-hold', '--session', '42', '--at', '2020-01-01T00:00:00Z'],
      'began only at 2026-03-02T13:00:00.000Z',
    ],
    [['--rule', 'on-hold', '--session', '42', '--at', 'soon'], 'is no moment'],
    [['--rule', 'on-hold', '--session', '42', '--zone', 'Marz'], '--zone'],
    [['--rule', 'on-hold', '--session', '42', '--decision', 'x'], '--decision'],
    [['--rule', 'on-hold'], '--session'],
  ])('answers %j with what to do', async (args, answer) => {
    const { code, stderr, stdout } = await explain(...args);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain(answer);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});

describe.each(postgresOnly)('vigia explain, from the database itself', ({ open }) => {
  it('needs no server', async () => {
    const database = await open();
    try {
      await holdAChat(database);
      const env = { DATABASE_URL: database.url ?? '', ZOHO_ORG_ID: ORG_ID };
      const { code, stdout, stderr } = await callCli(['explain', '--rule', 'on-hold', '--session', '42'], {
        cwd: await makeFolder(),
        env,
      });
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).toContain('it is on hold');
    } finally {
      await database.close();
    }
  });
});

describe('vigia explain without a database', () => {
  it.each([
    [{}, 'ZOHO_ORG_ID is not set'],
    [{ ZOHO_ORG_ID: ORG_ID }, 'there is no database'],
    [{ ZOHO_ORG_ID: ORG_ID, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, '127.0.0.1:1'],
  ])('says with %j what is missing', async (env, answer) => {
    const args = ['explain', '--rule', 'on-hold', '--session', '42'];
    const { code, stderr } = await callCli(args, { cwd: await makeFolder(), env });
    expect(code).toBe(1);
    expect(stderr).toContain(answer);
    expect(stderr).not.toContain('--events');
  });
});
