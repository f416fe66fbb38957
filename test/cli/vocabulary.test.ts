import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../src/domain/clock.ts';
import { createLocalServer, type LocalServer } from '../../src/sandbox/http/local-server.ts';
import { acceptVocabulary } from '../../src/services/accept-vocabulary.ts';
import { vocabularyEntries } from '../../src/store/schema.ts';
import { anEntry } from '../http/seed.ts';
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
  const accepting = { database, clock, watch: { refresh: async () => undefined } };
  const { app } = createTestApp({
    db: database.db,
    clock,
    acceptVocabulary: (orgId, acceptance, by) => acceptVocabulary(accepting, orgId, acceptance, by),
    vocabularyReaders: () => [aRule({ id: 'careful', onUnknown: 'skip' })],
  });
  server = createLocalServer((request) => app.fetch(request));
  await server.start();
});
afterAll(async () => {
  await server.stop();
  await database.close();
});
beforeEach(async () => {
  await database.db.delete(vocabularyEntries);
  await database.db
    .insert(vocabularyEntries)
    .values([
      anEntry('session.status', 'PARKED', 1, { seen: 3 }),
      anEntry('session.replyStatus', 'TOO_MANY; rm -rf', 2),
      anEntry('session.status', 'SLEEPING', 3, { acceptedAt: NOW, acceptedBy: 'api:Ana' }),
    ]);
});

async function vocabulary(args: readonly string[], env: Record<string, string> = { ADMIN_TOKEN }) {
  return callCli(['vocabulary', ...args, '--url', server.url], { cwd: await makeFolder(), env });
}

describe('vigia vocabulary list', () => {
  it('shows what is new, how often it came, who reads it, and the command that accepts it as a shell takes it', async () => {
    const { code, stdout } = await vocabulary(['list']);
    expect(code).toBe(0);
    expect(stdout).toContain('session.status PARKED\n  3 times');
    expect(stdout).toContain('read by careful (skip)');
    expect(stdout).toContain('vigia vocabulary accept PARKED\n');
    expect(stdout).toContain("vigia vocabulary accept 'TOO_MANY; rm -rf'\n");
    expect(stdout).not.toContain('SLEEPING');
  });

  it('shows what was accepted, by whom, and everything', async () => {
    expect((await vocabulary(['list', '--state', 'accepted'])).stdout).toContain('by api:Ana');
    const { stdout } = await vocabulary(['list', '--state', 'all', '--json']);
    expect((JSON.parse(stdout) as { entries: unknown[] }).entries).toHaveLength(3);
  });

  it('says so when nothing is new, and when a state is none', async () => {
    expect((await vocabulary(['list', '--field', 'actor.type'])).stdout).toBe(
      'Nothing new: all that has come is known.\n',
    );
    const { code, stderr } = await vocabulary(['list', '--state', 'acepted']);
    expect(code).toBe(1);
    expect(stderr).toContain('Did you mean "accepted"?');
  });
});

describe('vigia vocabulary accept', () => {
  it('accepts a value, twice with the same end, in the name of who says so', async () => {
    const first = await vocabulary(['accept', 'PARKED', '--by', 'Ana']);
    expect(first).toMatchObject({ code: 0, stdout: 'ok PARKED is a known value of session.status now\n' });
    const { code, stdout } = await vocabulary(['accept', 'PARKED', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ value: 'PARKED', acceptedBy: 'api:Ana' });
    expect((await vocabulary(['list'])).stdout).not.toContain('PARKED');
  });

  it.each([
    [['accept', 'PARKD'], 'Did you mean "PARKED"?'],
    [['accept', 'ENDED'], '"ENDED" of session.status is known already'],
    [['accept', 'PARKED', '--field', 'session.statsu'], 'Did you mean "session.status"?'],
    [['accept', 'x'.repeat(300)], 'The body has to be'],
    [['accept'], "missing required argument 'value'"],
  ])('%j is refused: %s', async (args, says) => {
    const { code, stderr } = await vocabulary(args);
    expect(code).toBe(1);
    expect(stderr).toContain(says);
  });

  it('says what to do without the token, and where nothing or another program answers', async () => {
    expect((await vocabulary(['accept', 'PARKED'], {})).stderr).toContain('Set ADMIN_TOKEN to that of the server.');
    const cwd = await makeFolder();
    const nobody = await callCli(['vocabulary', 'list', '--url', 'http://127.0.0.1:9'], { cwd });
    expect(nobody).toMatchObject({ code: 1 });
    expect(nobody.stderr).toContain('nothing answered at http://127.0.0.1:9');
    const stranger = createLocalServer(() => new Response('hello'));
    await stranger.start();
    const answer = await callCli(['vocabulary', 'list', '--url', stranger.url], { cwd });
    await stranger.stop();
    expect(answer.stderr).toContain('is not Vigia');
    expect((await callCli(['vocabulary', 'list', '--url', 'ftp://x'], { cwd })).stderr).toContain('is not an address');
  });
});
