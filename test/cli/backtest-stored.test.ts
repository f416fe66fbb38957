import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { openPglite } from '../../src/runtime/open-pglite.ts';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import { createLocalServer } from '../../src/sandbox/http/local-server.ts';
import type { Database } from '../../src/store/database.ts';
import { ADMIN_TOKEN, createTestApp } from '../http/test-app.ts';
import { createPostgresDatabase, databases } from '../support/databases.ts';
import { loadRules } from '../support/load-rules.ts';
import { recordDay } from '../support/recorded-days.ts';
import { START } from '../support/timeline.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const status = (value: string) => ({ fact: 'session', path: '$.status', operator: 'equal', value });
const card = { type: 'slack.alert', params: { channel: '#ops', text: 'Chat {{ session.id }}' } };

/** Everything that depends on more than one chat or event: limits, ladders, groups, inhibition, history, ticks, calendars. */
const RULES = {
  'held.rule.json': {
    name: 'On hold',
    for: '2m',
    conditions: { all: [status('ON_HOLD')] },
    limit: { count: 3, per: 'channel', within: '10m' },
    actions: [card],
    steps: [{ after: '3m', unless: 'never', actions: [card] }],
    repeat: { every: '2m', times: 3 },
  },
  'waits.rule.json': {
    name: 'Open, while nothing is held',
    for: '3m',
    keepFor: '2m',
    conditions: { all: [status('OPEN')] },
    inhibitedBy: ['held'],
    actions: [card],
  },
  'hours.rule.json': {
    name: 'In hours',
    on: ['IM_Session_Status'],
    late: true,
    during: 'desk',
    outside: 'wait',
    conditions: { all: [{ fact: 'transition', path: '$.to', operator: 'equal', value: 'ON_HOLD' }] },
    actions: [card],
  },
  'again.rule.json': {
    name: 'On hold again and again',
    on: ['IM_Session_Status'],
    conditions: {
      all: [
        {
          fact: 'history',
          params: { by: 'session', status: 'ON_HOLD', within: '20m' },
          path: '$.count',
          operator: 'greaterThan',
          value: 1,
        },
      ],
    },
    limit: { count: 1, per: 'session', within: '5m' },
    actions: [card],
  },
  'queue.rule.json': {
    name: 'Many wait',
    every: '5m',
    conditions: {
      all: [{ fact: 'queue', params: { status: 'ON_HOLD' }, path: '$.count', operator: 'greaterThan', value: 1 }],
    },
    actions: [{ type: 'slack.post', params: { channel: '#ops', text: '{{ queue.count }}' } }],
  },
  'calendars.json': {
    desk: { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['10:00-10:06', '10:10-10:14', '10:18-18:00'] } },
  },
};

function filesOf(folder: string, rules: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(rules).map(([name, content]) => [`${folder}/${name}`, JSON.stringify(content)]),
  );
}

const iso = (at: number) => new Date(at).toISOString();
const SEEDS = process.env['FAST_CHECK_SEED'] === 'random' ? [1, 2].map(() => Math.floor(Math.random() * 1e6)) : [1, 2];

interface Opened {
  env: Record<string, string>;
  remove(): Promise<void>;
  /** With the database open in this process: only then, since the embedded one has one process. */
  use<T>(work: (database: Database) => Promise<T>): Promise<T>;
}

async function openEmbedded(): Promise<Opened> {
  const dataDir = await mkdtemp(join(tmpdir(), 'vigia-backtest-'));
  return {
    env: { DATA_DIR: dataDir },
    remove: () => rm(dataDir, { recursive: true, force: true }),
    async use(work) {
      const database = await openPglite({ dataDir });
      try {
        await database.migrate();
        return await work(database);
      } finally {
        await database.close();
      }
    },
  };
}

async function openServer(): Promise<Opened> {
  const { url, drop } = await createPostgresDatabase();
  return {
    env: { DATABASE_URL: url },
    remove: drop,
    async use(work) {
      const database = await openPostgres(url);
      try {
        await database.migrate();
        return await work(database);
      } finally {
        await database.close();
      }
    },
  };
}

describe.each(databases.map(({ kind }) => kind))('recorded events on %s', (kind) => {
  let opened: Opened;
  let days: Awaited<ReturnType<typeof recordDay>>[];

  beforeAll(async () => {
    opened = await (kind === 'pglite' ? openEmbedded() : openServer());
    days = await opened.use(async (database) => {
      const ruleset = loadRules(RULES);
      const recorded = [];
      for (const seed of SEEDS) recorded.push(await recordDay(database, ruleset, { seed }));
      return recorded;
    });
  }, 180_000);
  afterAll(() => opened.remove());

  it('replays what the service recorded without any difference', async () => {
    const cwd = await makeFolder(filesOf('rules', RULES));
    let fired = 0;
    for (const { orgId, endAt } of days) {
      const env = { ...opened.env, ZOHO_ORG_ID: orgId };
      const args = ['replay', '--since', iso(START), '--until', iso(endAt), '--json'];
      const { code, stdout, stderr } = await callCli(args, { cwd, env });
      const report = JSON.parse(stdout || '{}');
      const differences = report.rules?.flatMap((rule: { examples: object }) => Object.values(rule.examples).flat());
      expect({ orgId, stderr, differences }).toEqual({ orgId, stderr: '', differences: [] });
      expect(code).toBe(0);
      fired += report.rules.reduce((sum: number, { same }: { same: number }) => sum + same, 0);
    }
    expect(fired).toBeGreaterThan(10);
  }, 120_000);

  it('says the same of a file of what is stored, and of a server that has it', async () => {
    const [day] = days;
    if (day === undefined) throw new Error('no day');
    const stretch = ['--since', iso(START), '--until', iso(day.endAt)];
    const stricter = { ...RULES, 'held.rule.json': { ...RULES['held.rule.json'], for: '4m' } };
    const cwd = await makeFolder(filesOf('new', stricter));
    const env = { ...opened.env, ZOHO_ORG_ID: day.orgId };
    const exported = await callCli(['export', 'history', ...stretch, '--out', 'day.jsonl'], { cwd, env });
    expect(exported.code).toBe(0);
    const args = ['backtest', '--rules', 'new', ...stretch, '--json'];
    const stored = await callCli(args, { cwd, env });
    const file = await callCli([...args, '--events', 'day.jsonl'], { cwd });
    const served = await opened.use(async ({ db }) => {
      const config = { zoho: { orgId: day.orgId } };
      const { app } = createTestApp({ db, clock: createManualClock(day.endAt), config });
      const server = createLocalServer((request) => app.fetch(request));
      await server.start();
      try {
        return await callCli([...args, '--url', server.url], { cwd, env: { ADMIN_TOKEN } });
      } finally {
        await server.stop();
      }
    });
    expect([stored.stderr, file.stderr, served.stderr]).toEqual(['', '', '']);
    expect(JSON.parse(file.stdout)).toEqual(JSON.parse(stored.stdout));
    expect(JSON.parse(served.stdout)).toEqual(JSON.parse(stored.stdout));
    const held = JSON.parse(file.stdout).rules.find(({ ruleId }: { ruleId: string }) => ruleId === 'held');
    expect(held.moved + held.removed).toBeGreaterThan(0);
    expect(held.before).toBe(held.same + held.moved + held.removed);
    expect(held.after).toBe(held.same + held.moved + held.added);
  }, 120_000);
});
