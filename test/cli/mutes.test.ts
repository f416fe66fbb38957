import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { emptyDirectory } from '../../src/domain/directory.ts';
import { createLocalServer, type LocalServer } from '../../src/sandbox/http/local-server.ts';
import { createMuteVerbs } from '../../src/services/mute-verbs.ts';
import { ADMIN_TOKEN, createTestApp, NOW } from '../http/test-app.ts';
import { pgliteKind, type TestDatabase } from '../support/databases.ts';
import { aRule } from '../support/rules.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

/** The real application on a socket, with a database of its own. */
let database: TestDatabase;
let server: LocalServer;

beforeAll(async () => {
  database = await pgliteKind.open();
  const clock = createManualClock(NOW);
  const names = () => ({ rules: [aRule({ id: 'on-hold' })], directory: emptyDirectory() });
  const { app } = createTestApp({ db: database.db, clock, mutes: createMuteVerbs({ database, clock, names }) });
  server = createLocalServer((request) => app.fetch(request));
  await server.start();
});
afterAll(async () => {
  await server.stop();
  await database.close();
});

async function vigia(...args: string[]) {
  return callCli([...args, '--url', server.url], { cwd: await makeFolder(), env: { ADMIN_TOKEN } });
}

const people = ['--reason', 'maintenance', '--owner', 'Ana'];

describe('vigia silence', () => {
  it('adds, lists, extends and lifts', async () => {
    const recur = 'mon-fri 22:00-06:00 America/Sao_Paulo';
    const added = await vigia('silence', 'add', '--rule', 'on-hold', '--for', '30d', '--recur', recur, ...people);
    expect(added.code).toBe(0);
    expect(added.stdout).toContain('rule on-hold');
    expect(added.stdout).toContain('only mon, tue, wed, thu, fri 22:00-06:00 America/Sao_Paulo');
    const listed = await vigia('silence', 'list', '--json');
    const [silence] = JSON.parse(listed.stdout).silences;
    expect(silence).toMatchObject({ owner: 'Ana', state: 'idle' });
    const extended = await vigia('silence', 'extend', silence.id, '--for', '1h', '--json');
    expect(Date.parse(JSON.parse(extended.stdout).endsAt) - Date.parse(silence.endsAt)).toBe(3_600_000);
    expect((await vigia('silence', 'lift', silence.id)).stdout).toContain('lifted');
    expect((await vigia('silence', 'list')).stdout).toBe('There is none.\n');
    expect((await vigia('silence', 'list', '--all')).stdout).toContain(silence.id);
  });

  it('tells what it would hold back with --dry-run, and makes nothing', async () => {
    const { stdout } = await vigia('silence', 'add', '--everything', '--for', '2h', '--dry-run', ...people);
    expect(stdout).toContain('nothing was made');
    expect((await vigia('silence', 'list')).stdout).toBe('There is none.\n');
  });

  it.each([
    [['--rule', 'on-holt', '--for', '2h'], 'Did you mean "on-hold"?'],
    [['--for', '2h'], 'everything'],
    [['--rule', 'on-hold', '--for', '2h', '--recur', 'at night'], 'mon-fri 22:00-06:00'],
  ])('refuses %j with what to do', async (args, remedy) => {
    const { code, stderr } = await vigia('silence', 'add', ...args, ...people);
    expect(code).toBe(1);
    expect(stderr).toContain(remedy);
  });
});

describe('vigia pause and resume', () => {
  it('pauses, lists and lifts', async () => {
    const paused = await vigia('pause', 'destination', 'slack', '--for', '30m', '--wait', ...people);
    expect(paused.stdout).toContain('active: destination slack, actions wait');
    const [pause] = JSON.parse((await vigia('pause', 'list', '--json')).stdout).pauses;
    expect(pause).toMatchObject({ scope: { kind: 'destination', id: 'slack' }, state: 'active' });
    expect((await vigia('resume', pause.id, '--by', 'Bia')).stdout).toContain('lifted');
    expect((await vigia('pause', 'list')).stdout).toBe('There is none.\n');
  });

  it.each([
    [['everything', ...people], '--wait'],
    [['everything', '--wait', '--owner', 'Ana'], '--reason'],
    [['rule', '--wait', ...people], 'with its id'],
    [['rules', 'x', '--drop', ...people], 'cannot be paused'],
    [['destination', 'slak', '--drop', ...people], 'Did you mean "slack"?'],
  ])('refuses %j with what to do', async (args, words) => {
    const { code, stderr } = await vigia('pause', ...args);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  it('says that no server answers', async () => {
    const where = { cwd: await makeFolder(), env: { ADMIN_TOKEN } };
    const { code, stderr } = await callCli(['pause', 'list', '--url', 'http://127.0.0.1:9'], where);
    expect(code).toBe(1);
    expect(stderr).toContain('nothing answered');
  });
});
