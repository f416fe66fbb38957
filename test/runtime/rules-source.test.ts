import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../src/domain/errors.ts';
import { openRules, type RulesSource } from '../../src/runtime/rules-source.ts';
import { captureLogs } from '../support/captured-logs.ts';

const RULE = {
  name: 'Chats on hold',
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
  for: '15m',
  actions: [{ type: 'slack.post', params: { channel: 'C0123456789', text: 'Chat {{ session.id }} waits.' } }],
};
const FAULTY = { ...RULE, conditions: { all: [{ fact: 'session', path: '$.sttaus', operator: 'equal', value: 'x' }] } };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the rules of a running server', () => {
  let dir: string;
  let source: RulesSource | undefined;
  let logs: Awaited<ReturnType<typeof captureLogs>>;
  /** Hashes that were taken, and how often something was told beside. */
  let taken: string[];
  let told: number;
  let now: number;

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigia-rules-'));
    logs = await captureLogs();
    [taken, told, now, source] = [[], 0, 1_000, undefined];
  });
  afterEach(async () => {
    source?.close();
    await logs.stop();
    await rm(dir, { recursive: true });
  });

  const write = (name: string, content: unknown) =>
    writeFile(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));

  async function open(): Promise<RulesSource> {
    source = await openRules(dir, () => now);
    return source;
  }

  async function openWatched(): Promise<RulesSource> {
    await write('on-hold.rule.json', RULE);
    const opened = await open();
    opened.watch(
      async ({ hash }) => void taken.push(hash),
      () => {
        told += 1;
      },
    );
    return opened;
  }

  async function until(holds: () => boolean): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error('not so within ten seconds');
      await sleep(10);
    }
  }

  test('a faulty folder refuses the start, and says how to see what is wrong', async () => {
    await write('on-hold.rule.json', FAULTY);
    const error = await open().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'rules_invalid', remedy: expect.stringContaining(`vigia check ${dir}`) });
  });

  test('a good change is taken without a restart', async () => {
    const rules = await openWatched();
    const before = rules.current().hash;
    expect(rules.loadedAt()).toBe(1_000);
    now = 2_000;
    await write('on-hold.rule.json', { ...RULE, for: '20m' });
    await write('ended.rule.json', RULE);
    await until(() => rules.current().rules.length === 2);
    await until(() => taken.length > 0);
    expect(taken.at(-1)).toBe(rules.current().hash);
    expect(rules.current().hash).not.toBe(before);
    expect(rules.current().active.get('on-hold')?.trigger).toEqual({ kind: 'hold', forMs: 1_200_000 });
    expect(rules.loadedAt()).toBe(2_000);
    expect(rules.faults()).toEqual([]);
    await rm(join(dir, 'ended.rule.json'));
    await until(() => rules.current().rules.length === 1);
  });

  test('a faulty change keeps the last good rules in force and is told with its place', async () => {
    const rules = await openWatched();
    const before = rules.current();
    now = 2_000;
    await write('other.rule.json', FAULTY);
    await until(() => told === 1);
    expect(rules.current()).toBe(before);
    expect(rules.loadedAt()).toBe(1_000);
    expect(rules.faults()).toMatchObject([{ file: 'other.rule.json', severity: 'error', line: 1 }]);
    expect(logs.lines.some((line) => line.includes('other.rule.json'))).toBe(true);
    expect(taken).toEqual([]);
    // Back to what is in force: nothing is taken, and the fault is over.
    await rm(join(dir, 'other.rule.json'));
    await until(() => told === 2);
    expect(rules.faults()).toEqual([]);
    expect(rules.current()).toBe(before);
    expect(taken).toEqual([]);
  });

  test('a faulty change that is mended is taken', async () => {
    const rules = await openWatched();
    await write('on-hold.rule.json', '{ "name": ');
    await until(() => rules.faults().length > 0);
    await write('on-hold.rule.json', { ...RULE, name: 'Mended' });
    await until(() => taken.length === 1);
    expect(rules.current().active.get('on-hold')?.name).toBe('Mended');
    expect(rules.faults()).toEqual([]);
  });

  test('files that are written again unchanged, or only formatted anew, change nothing in force', async () => {
    const rules = await openWatched();
    const before = rules.current();
    await write('on-hold.rule.json', RULE);
    await write('notes.txt', 'no rule');
    await sleep(600);
    expect([taken, told]).toEqual([[], 0]);
    await write('on-hold.rule.json', `// with a comment\n${JSON.stringify(RULE, null, 2)}`);
    await until(() => told === 1);
    expect(taken).toEqual([]);
    expect(rules.current()).toBe(before);
  });

  test('nothing is taken once it is closed', async () => {
    const rules = await openWatched();
    rules.close();
    await write('on-hold.rule.json', { ...RULE, for: '20m' });
    await sleep(500);
    expect([taken, told]).toEqual([[], 0]);
  });

  test('a folder that goes away keeps the rules in force, and they are read again when it is back', async () => {
    const rules = await openWatched();
    const before = rules.current();
    await rm(dir, { recursive: true });
    await until(() => logs.lines.some((line) => line.includes('could not be read again')) || told > 0);
    expect(rules.current()).toBe(before);
    await mkdir(dir);
    await write('on-hold.rule.json', { ...RULE, for: '20m' });
    await until(() => taken.length === 1);
  });
});
