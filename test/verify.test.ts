import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateDrizzleJson } from 'drizzle-kit/api';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import * as schema from '../src/store/schema.ts';

/**
 * What `npm run verify` looks at: everything that is wrong or out of step without any test having run. Part of
 * `npm test` too.
 */
const TOP = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string) => join(TOP, 'node_modules', '.bin', name);

/** Runs a tool in the project; a failure shows what it said. */
async function run(command: string, ...args: string[]): Promise<void> {
  const child = spawn(command, args, { cwd: TOP, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) expect.fail(`${[command, ...args].join(' ')} ended with ${code}:\n${said.join('')}`);
}

async function readJson<T extends z.ZodType>(path: string, shape: T): Promise<z.infer<T>> {
  return shape.parse(JSON.parse(await readFile(join(TOP, path), 'utf8')));
}

const journalSchema = z.object({ entries: z.array(z.object({ idx: z.int(), tag: z.string(), when: z.number() })) });
const snapshotSchema = z.looseObject({ id: z.string(), prevId: z.string() });
const manifestSchema = z.object({
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()),
});

describe.concurrent('the project', () => {
  it('has sound types', () => run(bin('tsc'), '-p', 'tsconfig.json'), 120_000);

  it('is formatted and free of lint', () => run(bin('biome'), 'check', '--error-on-warnings', '.'));

  it('ships rules that pass their check', () => run(process.execPath, 'src/cli/main.ts', 'check', 'rules'));

  it('has the JSON Schema of rules that the code makes', () =>
    run(process.execPath, 'src/cli/main.ts', 'schema', '--check'));

  it('names every dependency by its exact version', async () => {
    const { dependencies, devDependencies } = await readJson('package.json', manifestSchema);
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(?:-[a-z]+)?$/.test(version),
    );
    expect(loose).toEqual([]);
  });

  it('has a lock file that names no registry host', async () => {
    expect(await readFile(join(TOP, 'package-lock.json'), 'utf8')).not.toContain('"resolved": "http');
  });
});

describe('the migrations', () => {
  it('are up to date with the schema in src/store/schema.ts (else: npm run db:generate)', async () => {
    const { entries } = await readJson('drizzle/meta/_journal.json', journalSchema);
    const newest = await readSnapshot(entries.at(-1)?.idx ?? 0);
    const { id: _id, prevId: _prevId, ...wanted } = generateDrizzleJson(schema);
    const { id: _newestId, prevId: _newestPrevId, ...written } = newest;
    // Through JSON, as it was written: the generated object has members that are undefined.
    expect(JSON.parse(JSON.stringify(wanted))).toEqual(written);
  });

  it('follow each other: each has its file, its snapshot, and a later time than the one before', async () => {
    const { entries } = await readJson('drizzle/meta/_journal.json', journalSchema);
    const files = (await readdir(join(TOP, 'drizzle'))).filter((name) => name.endsWith('.sql')).sort();
    expect(files).toEqual(entries.map(({ tag }) => `${tag}.sql`));
    const times = entries.map(({ when }) => when);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const snapshots = await Promise.all(entries.map(({ idx }) => readSnapshot(idx)));
    expect(snapshots.slice(1).map(({ prevId }) => prevId)).toEqual(snapshots.slice(0, -1).map(({ id }) => id));
  });
});

function readSnapshot(index: number): Promise<z.infer<typeof snapshotSchema>> {
  return readJson(`drizzle/meta/${String(index).padStart(4, '0')}_snapshot.json`, snapshotSchema);
}
