import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import { invariantSchema } from '../../src/http/api/invariants.ts';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';
import { startServer } from '../support/server-process.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const reportSchema = z.object({
  findings: z.array(
    z.object({ area: z.string(), status: z.string(), message: z.string(), remedy: z.string().optional() }),
  ),
  invariants: z.array(invariantSchema),
});

/** What it says of the invariants. No server of this environment runs, unless its folder says so. */
async function lookDeep(env: Record<string, string>) {
  const cwd = await makeFolder({ 'rules/README.md': '' });
  const { code, stdout } = await callCli(['doctor', '--deep', '--json'], { cwd, env: { PORT: '1', ...env } });
  const { findings, invariants } = reportSchema.parse(JSON.parse(stdout));
  return { code, findings: findings.filter(({ area }) => area === 'invariants'), invariants };
}

describe.each(postgresOnly)('vigia doctor --deep on $kind', () => {
  it('looks whether the stored data is consistent, and ends with 2 when it is not', async () => {
    const { url, drop } = await createPostgresDatabase();
    onTestFinished(drop);
    const database = await openPostgres(url);
    onTestFinished(() => database.close());
    await database.migrate();
    const sound = await lookDeep({ DATABASE_URL: url });
    expect(sound.findings).toEqual([
      { area: 'invariants', status: 'ok', message: expect.stringMatching(/^\d\d invariants hold$/) },
    ]);
    expect(sound.invariants.every(({ violations }) => violations === 0)).toBe(true);

    await database.db.execute(sql`
      insert into attempts (org_id, action_id, attempt, started_at)
      select 'o', 'gone', n, now() from generate_series(1, 7) as n`);
    const unsound = await lookDeep({ DATABASE_URL: url });
    expect(unsound.code).toBe(2);
    expect(unsound.findings).toEqual([
      {
        area: 'invariants',
        status: 'fail',
        message:
          'attempts-have-actions: violated 7 times (gone 1, gone 2, gone 3, gone 4, gone 5, …), ' +
          'though every attempt is one of an action that is kept',
        remedy: expect.stringContaining('report it'),
      },
    ]);
    expect(unsound.invariants.filter(({ violations }) => violations > 0)).toEqual([
      expect.objectContaining({ name: 'attempts-have-actions', violations: 7 }),
    ]);
  });
});

describe('vigia doctor --deep on the embedded database', () => {
  it('asks the server that has it open, and opens it itself when none has', async () => {
    const folder = await makeFolder({ 'rules/README.md': '' });
    const env = {
      DATA_DIR: join(folder, 'data'),
      RULES_DIR: join(folder, 'rules'),
      ADMIN_TOKEN: 'an-admin-token-for-tests',
    };
    const none = await lookDeep(env);
    expect(none.findings).toEqual([
      expect.objectContaining({ status: 'warn', message: expect.stringMatching(/^not looked at/) }),
    ]);

    const server = await startServer(env);
    onTestFinished(() => server.kill());
    const holds = { area: 'invariants', status: 'ok', message: expect.stringMatching(/^\d\d invariants hold$/) };
    const open = await lookDeep(env);
    expect(open.findings).toEqual([holds]);
    const refused = await lookDeep({ ...env, ADMIN_TOKEN: 'another-admin-token-of-tests' });
    expect(refused.findings).toEqual([
      expect.objectContaining({ status: 'fail', remedy: expect.stringContaining('ADMIN_TOKEN') }),
    ]);

    await server.kill('SIGTERM');
    const closed = await lookDeep(env);
    expect(closed.findings).toEqual([holds]);
    expect(closed.invariants.map(({ name }) => name)).toEqual(open.invariants.map(({ name }) => name));
  }, 180_000);
});
