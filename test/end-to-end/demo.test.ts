import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/runtime/sandbox.ts';
import { createPostgresDatabase, databases } from '../support/databases.ts';
import { until } from '../support/wait.ts';

/** The demo as a new user sees it, with the rules that come along: what `npm run demo` promises, on both databases. */
const RULES = fileURLToPath(new URL('../../rules', import.meta.url));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startDemo(kind: 'pglite' | 'postgres'): Promise<Sandbox> {
  const database = kind === 'postgres' ? await createPostgresDatabase() : undefined;
  if (database !== undefined) closers.push(database.drop);
  const sandbox = await startSandbox({
    port: 0,
    speed: 120,
    seed: 'demo test',
    chatsPerHour: 60,
    rulesDir: RULES,
    databaseUrl: database?.url,
  });
  closers.push(() => sandbox.stop());
  return sandbox;
}

describe.each(databases)('the demo on $kind', ({ kind }) => {
  test('a chat nobody answered is reassigned, cards open and are resolved, ended chats are recorded, counters move', async () => {
    const demo = await startDemo(kind);
    const api = async (path: string) =>
      ((await (await fetch(`${demo.url}/api/v1${path}`)).json()) as { data: Row[] }).data;

    const assigned = await until('a chat is reassigned', async () =>
      (await api('/actions?state=delivered&limit=200')).find(({ type }) => type === 'zoho.assignSession'),
    );
    const sessionId = String(assigned['sessionId']);
    const patches = demo.zoho.calls.filter(({ method, path }) => method === 'PATCH' && path.endsWith(sessionId));
    expect(patches.length).toBeGreaterThan(0);

    const resolved = await until('a card is resolved', async () =>
      demo.slack.messages('#chat-ops').find(({ history }) => history.length > 0),
    );
    expect(resolved.text).not.toBe('');
    expect((await api('/alerts?state=resolved')).length).toBeGreaterThan(0);

    await until('a message to the supervisors', async () =>
      demo.slack.messages('#supervisors').length > 0 ? true : undefined,
    );
    const ended = await until('an ended chat on record', async () => (await api('/records/ended_chats'))[0]);
    expect(ended).toMatchObject({ fields: expect.objectContaining({}) });
    expect((await api('/tiles')).length).toBeGreaterThan(0);

    const board = await fetch(`${demo.url}/`);
    expect(board.status).toBe(200);
    expect(await board.text()).toContain('<html');
    expect((await api('/decisions?outcome=error')).length).toBe(0);
  }, 150_000);
});

type Row = Record<string, unknown>;
