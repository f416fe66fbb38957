import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { announceServer, lockDataDir } from '../../src/runtime/data-dir-lock.ts';
import { openDatabase } from '../../src/runtime/open-database.ts';
import { createPostgresDatabase, databases, postgresOnly } from '../support/databases.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

async function newDatabase(kind: 'pglite' | 'postgres'): Promise<{ cwd: string; env: Record<string, string> }> {
  const cwd = await makeFolder();
  if (kind === 'pglite') return { cwd, env: {} };
  const { url, drop } = await createPostgresDatabase();
  onTestFinished(drop);
  return { cwd, env: { DATABASE_URL: url } };
}

async function migrationNames(): Promise<string[]> {
  const files = await readdir(new URL('../../drizzle', import.meta.url));
  return files
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace('.sql', ''))
    .sort();
}

describe.each(databases)('vigia migrate on $kind', ({ kind }) => {
  it('applies every migration once, and says which', async () => {
    const { cwd, env } = await newDatabase(kind);
    const names = await migrationNames();
    const first = await callCli(['migrate'], { cwd, env });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout.match(/applied \S+$/gm)).toEqual(names.map((name) => `applied ${name}`));
    expect(first.stdout).toContain(`${names.length} of ${names.length} migrations applied`);

    const again = await callCli(['migrate', '--json'], { cwd, env });
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ applied: [], total: names.length });
    expect((await callCli(['migrate'], { cwd, env })).stdout).toContain('nothing to do');
  });
});

describe.each(postgresOnly)('vigia migrate on $kind', ({ kind }) => {
  it('touches nothing that a newer Vigia has migrated', async () => {
    const { cwd, env } = await newDatabase(kind);
    await callCli(['migrate'], { cwd, env });
    const database = await openDatabase({ kind: 'postgres', url: env['DATABASE_URL'] ?? '' });
    await database.db.execute(sql`
      insert into drizzle.__drizzle_migrations (hash, created_at)
      select 'from the future', max(created_at) + 1 from drizzle.__drizzle_migrations`);
    await database.close();
    const { code, stdout, stderr } = await callCli(['migrate'], { cwd, env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('a newer Vigia has migrated');
  });

  it('can be run by many at once', async () => {
    const { cwd, env } = await newDatabase(kind);
    const results = await Promise.all([1, 2, 3].map(() => callCli(['migrate'], { cwd, env })));
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  });

  it('says what is wrong with a server that cannot be used, and shows no password', async () => {
    const { cwd, env } = await newDatabase(kind);
    const url = new URL(env['DATABASE_URL'] ?? '');
    url.password = 'a-secret-password';
    url.pathname = '/there_is_no_such_database';
    const { code, stderr } = await callCli(['migrate'], { cwd, env: { DATABASE_URL: url.href } });
    expect(code).toBe(1);
    expect(stderr).toContain('it has no such database');
    expect(stderr).toContain('Create the database');
    expect(stderr).not.toContain('a-secret-password');
  });
});

describe('vigia migrate', () => {
  it('says that nothing listens at the address', async () => {
    const env = { DATABASE_URL: 'postgres://someone:a-secret-password@127.0.0.1:1/vigia' };
    const { code, stderr } = await callCli(['migrate'], { cwd: await makeFolder(), env });
    expect(code).toBe(1);
    expect(stderr).toBe(
      'vigia: PostgreSQL at 127.0.0.1:1/vigia cannot be used: nothing listens there\n' +
        '  Start PostgreSQL, or check DATABASE_URL.\n',
    );
  });

  it('leaves a data folder alone that a server has open, and names the server', async () => {
    const cwd = await makeFolder();
    const dataDir = join(cwd, 'data');
    const lock = await lockDataDir(dataDir);
    onTestFinished(() => lock.release());
    const before = await callCli(['migrate'], { cwd });
    expect(before).toMatchObject({ code: 1, stderr: expect.stringContaining('another process is using') });
    await announceServer(dataDir, 'http://127.0.0.1:8787');
    const { code, stderr } = await callCli(['migrate'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('the server at http://127.0.0.1:8787 has the data folder');
    expect(await readdir(dataDir)).toEqual(['server.json']);
  });
});
