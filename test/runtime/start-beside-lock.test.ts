import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { startService } from '../../src/runtime/service.ts';
import { createPostgresDatabase, postgresOnly } from '../support/databases.ts';

describe.each(postgresOnly)('a service on $kind', () => {
  test('that finds nothing to migrate starts although somebody keeps locks, as a pooler of transactions may', async () => {
    const { url, drop } = await createPostgresDatabase();
    onTestFinished(drop);
    const folder = await mkdtemp(join(tmpdir(), 'vigia-start-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const parsed = parseConfig({ DATABASE_URL: url, RULES_DIR: folder, PORT: '0' });
    if (!parsed.ok) throw new Error('the configuration has no faults');
    const start = () => startService({ config: parsed.config, watchRules: false });
    await (await start()).stop();

    const keeper = new Client({ connectionString: url });
    await keeper.connect();
    onTestFinished(() => keeper.end());
    // The migrations' own: an advisory lock with this key.
    await keeper.query('select pg_advisory_lock(7230146001)');
    const service = await start();
    onTestFinished(service.stop);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
  });
});
