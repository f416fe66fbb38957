import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { createLocalServer, type LocalServer } from '../../src/sandbox/http/local-server.ts';
import { decisions, events } from '../../src/store/schema.ts';
import { aDecision, anEvent } from '../http/seed.ts';
import { ADMIN_TOKEN, createTestApp, NOW, ORG_ID } from '../http/test-app.ts';
import { pgliteKind, postgresOnly, type TestDatabase } from '../support/databases.ts';
import { callCli } from './support/call-cli.ts';
import { startCli } from './support/spawn-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const SINCE = ['--since', new Date(NOW - 3_600_000).toISOString()];
const EVENTS = 2_500;

async function fill({ db }: TestDatabase): Promise<void> {
  const text = 'what the customer wrote';
  await db
    .insert(events)
    .values(
      Array.from({ length: EVENTS }, (_, index) =>
        anEvent(`e${index}`, index % 300, { payload: { sessionId: 's1', text } }),
      ),
    );
  await db.insert(decisions).values([aDecision(1, { outcome: 'fired' }), aDecision(2)]);
}

describe.each(postgresOnly)('vigia export beside the service, on $kind', ({ open }) => {
  let database: TestDatabase;
  let env: Record<string, string | undefined>;
  beforeAll(async () => {
    database = await open();
    await fill(database);
    env = { DATABASE_URL: database.url, ZOHO_ORG_ID: ORG_ID };
  });
  afterAll(() => database.close());

  async function vigia(args: readonly string[], cwd?: string) {
    return callCli(['export', ...args], { cwd: cwd ?? (await makeFolder()), env });
  }

  it('writes rows to stdout and nothing else', async () => {
    const { code, stdout, stderr } = await vigia(['events', ...SINCE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row));
    expect(new Set(rows.map(({ key }) => key)).size).toBe(EVENTS);
    expect(stdout).not.toContain('customer');
    expect((await vigia(['decisions', ...SINCE, '--format', 'csv'])).stdout.split('\r\n')).toHaveLength(4);
  });

  it('writes a file whole, replaces none unasked, and tells what is in it', async () => {
    const cwd = await makeFolder();
    const first = await vigia(['history', ...SINCE, '--out', 'sub/h.ndjson.gz', '--gzip', '--json'], cwd);
    expect(JSON.parse(first.stdout)).toMatchObject({ what: 'history', file: 'sub/h.ndjson.gz', rows: EVENTS + 2 });
    expect(gunzipSync(await readFile(join(cwd, 'sub/h.ndjson.gz'))).toString()).toContain('"kind":"end","events":2500');
    const again = await vigia(['events', ...SINCE, '--out', 'sub/h.ndjson.gz'], cwd);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('is there already\n  Give another file, or replace it with --force.');
    const forced = await vigia(['events', ...SINCE, '--out', 'sub/h.ndjson.gz', '--force'], cwd);
    expect(forced.stdout).toContain(`ok sub/h.ndjson.gz: ${EVENTS} rows, 2026-03-02T12:00:00.000Z to `);
    expect(await readdir(join(cwd, 'sub'))).toEqual(['h.ndjson.gz']);
  });

  it('says so when there is nothing', async () => {
    const { code, stdout, stderr } = await vigia([
      'events',
      '--since',
      '2020-01-01T00:00:00Z',
      '--until',
      '2020-01-02T00:00:00Z',
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('nothing is stored from 2020-01-01T00:00:00.000Z to 2020-01-02T00:00:00.000Z');
    const history = await vigia(['history', '--since', '2020-01-01T00:00:00Z', '--until', '2020-01-02T00:00:00Z']);
    expect(history.stderr).toContain('nothing is stored');
  });

  it.each([
    [['weather'], 'Allowed choices are events, transitions, sessions, decisions, history.'],
    [['events', '--since', 'yesterday'], "argument 'yesterday' is invalid. Give a duration such as 30d"],
    [['events', '--since', '1h', '--until', '2h'], 'is not before --until'],
    [['events', '--format', 'xml'], "'xml' is invalid"],
    [['history', '--format', 'csv'], 'the history is NDJSON'],
    [['events', '--json'], 'Add --out FILE'],
    [['events', '--out', '/dev/null/x'], '/dev/null/x cannot be written'],
  ])('answers %j with what to do', async (args, words) => {
    const { code, stdout, stderr } = await vigia(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(stderr).not.toContain('not expected');
  });

  it('is content when its reader has gone', async () => {
    const running = startCli(['export', 'events', ...SINCE], { cwd: await makeFolder(), env });
    running.child.stdout?.once('data', () => running.child.stdout?.destroy());
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('vigia export from a server', () => {
  let database: TestDatabase;
  let server: LocalServer;
  beforeAll(async () => {
    database = await pgliteKind.open();
    await fill(database);
    const { app } = createTestApp({ db: database.db, clock: systemClock });
    server = createLocalServer((request) => app.fetch(request));
    await server.start();
  });
  afterAll(async () => {
    await server.stop();
    await database.close();
  });

  it('gives the same as the database would', async () => {
    const cwd = await makeFolder();
    const options = { cwd, env: { ADMIN_TOKEN } };
    const args = ['export', 'events', ...SINCE, '--url', server.url];
    const { code, stdout } = await callCli([...args, '--format', 'csv', '--out', 'e.csv'], options);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(`e.csv: ${EVENTS} rows`) });
    expect((await readFile(join(cwd, 'e.csv'), 'utf8')).split('\r\n')).toHaveLength(EVENTS + 2);
    expect((await callCli(args, { cwd, env: {} })).stderr).toContain('Set ADMIN_TOKEN to that of the server.');
  });

  it('leaves it to a server whose clock is ahead what its present is', async () => {
    const AHEAD_MS = 6 * 3_600_000;
    const ahead = { ...systemClock, now: () => systemClock.now() + AHEAD_MS };
    const { app } = createTestApp({ db: database.db, clock: ahead });
    await database.db.insert(events).values(anEvent('coming', 0, { receivedAt: ahead.now() - 60_000 }));
    const demo = createLocalServer((request) => app.fetch(request));
    await demo.start();
    const cwd = await makeFolder();
    const args = ['export', 'events', '--since', '1h', '--url', demo.url];
    const { stdout } = await callCli([...args, '--out', 'e'], { cwd, env: { ADMIN_TOKEN } });
    const ended = await callCli([...args, '--until', '1s'], { cwd, env: { ADMIN_TOKEN } });
    await demo.stop();
    expect(stdout).toMatch(/^ok e: 1 rows, .*Z to now\n$/);
    expect(await readFile(join(cwd, 'e'), 'utf8')).toContain('"key":"coming"');
    expect(ended.stdout).toBe('');
  });

  it('leaves no file behind when the server breaks off', async () => {
    const broken = createLocalServer(
      async () =>
        new Response(
          new ReadableStream({
            async start(controller) {
              controller.enqueue(new TextEncoder().encode('{"at":1}\n'));
              await setTimeout(300);
              controller.error(new DOMException('gone', 'AbortError'));
            },
          }),
        ),
    );
    await broken.start();
    const cwd = await makeFolder();
    const result = await callCli(['export', 'events', '--url', broken.url, '--out', 'e', '--gzip'], { cwd });
    await broken.stop();
    expect(result.code).toBe(1);
    expect(result.stderr).toContain('broke off its answer');
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe('vigia export without anything to read', () => {
  it.each([
    [{}, 'ZOHO_ORG_ID is not set'],
    [{ ZOHO_ORG_ID: ORG_ID }, 'there is no database in'],
    [{ ZOHO_ORG_ID: ORG_ID, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }, '127.0.0.1:1'],
  ])('%j: tells what is missing, and makes no database', async (env, words) => {
    const cwd = await makeFolder();
    await writeFile(join(cwd, 'kept'), '');
    const { code, stdout, stderr } = await callCli(['export', 'events'], { cwd, env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(words);
    expect(existsSync(join(cwd, 'data'))).toBe(false);
  });
});
