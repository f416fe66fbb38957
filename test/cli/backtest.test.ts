import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BacktestReport } from '../../src/trial/backtest/report.ts';
import { MINUTE, START, statusEvent } from '../support/timeline.ts';
import { type CliResult, callCli } from './support/call-cli.ts';
import { makeFolder, makeSharedFolder } from './support/temporary-folder.ts';

const HOSTILE = '</style><script>alert(1)</script> & "quotes"';
const onHold = { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' };
const hold = (time: string, more: object = {}) => ({
  name: `On hold ${HOSTILE}`,
  for: time,
  conditions: { all: [onHold] },
  actions: [
    { type: 'slack.alert', params: { channel: '#ops', text: 'Chat {{ session.id }}' } },
    { type: 'zoho.assignSession', params: { agentId: '65403000000522004' } },
  ],
  ...more,
});

/** Chat n is on hold from minute n on, for so many minutes. */
function chat(number: number, minutes: number): string[] {
  const from = START + number * MINUTE;
  const of = (at: number, status: string, old: string) =>
    JSON.stringify(statusEvent(at, status, { old, sessionId: `s${number}`, channelId: `c${number % 2}` }));
  return [of(from, 'ON_HOLD', 'OPEN'), of(from + minutes * MINUTE, 'ON_PROGRESS', 'ON_HOLD')];
}

function byReceipt(lines: string[]): string {
  return lines
    .sort((a, b) => JSON.parse(a).receivedAt - JSON.parse(b).receivedAt)
    .map((line) => `${line}\n`)
    .join('');
}

/** On hold for 4, 6, 8, 12 and 20 minutes. */
const EVENTS = byReceipt([4, 6, 8, 12, 20].flatMap((minutes, index) => chat(index, minutes)));

function folder(files: Record<string, unknown>): Promise<string> {
  return makeFolder(toTexts(files));
}

function toTexts(files: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(files).map(([name, content]): [string, string] => [
    name,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]);
  return Object.fromEntries(texts);
}

const BOTH = { 'old/hold.rule.json': hold('10m'), 'new/hold.rule.json': hold('5m') };
const ARGS = ['backtest', '--rules', 'new', '--against', 'old', '--events', 'events.jsonl'];

function reportOf(stdout: string): BacktestReport & { ok: boolean } {
  return JSON.parse(stdout);
}

describe('vigia backtest', () => {
  /** One run that several tests look at: each starts its threads anew. */
  let cwd: string;
  let remove: () => Promise<void>;
  let plain: CliResult;
  beforeAll(async () => {
    const shared = await makeSharedFolder(toTexts({ ...BOTH, 'events.jsonl': EVENTS }));
    cwd = shared.folder;
    remove = shared.remove;
    plain = await callCli([...ARGS, '--json', '--html', 'report.html', '--lang', 'pt-BR'], { cwd });
  });
  afterAll(() => remove());

  it('tells what a threshold of five minutes instead of ten adds and moves, with what to type next', async () => {
    const { code, stdout, stderr } = plain;
    const { ok, rules, newAlerts, events, load } = reportOf(stdout);
    expect({ code, stderr, ok }).toEqual({ code: 0, stderr: '', ok: true });
    expect(events).toMatchObject({ judged: 10, warmUp: 0, broken: 0 });
    expect(rules).toHaveLength(1);
    // 6 and 8 minutes are longer than five; 12 and 20 are longer than both.
    expect(rules[0]).toMatchObject({
      ruleId: 'hold',
      before: 2,
      after: 4,
      same: 0,
      added: 2,
      removed: 0,
      moved: 2,
      medianMoveMs: -5 * MINUTE,
      newAlerts: 2,
    });
    expect(rules[0]?.channels).toEqual([
      { id: 'c0', before: 1, after: 2, added: 1, removed: 0 },
      { id: 'c1', before: 1, after: 2, added: 1, removed: 0 },
    ]);
    expect(rules[0]?.hours.after[13]).toBe(4);
    expect(newAlerts).toBe(2);
    expect(load.before?.slack.channels[0]).toMatchObject({ channel: '#ops', messages: { total: 2, peak: 1, over: 0 } });
    expect(load.after.slack.channels[0]).toMatchObject({ channel: '#ops', messages: { total: 4, peak: 1, over: 0 } });
    expect(load.after.zoho.actions).toEqual([{ type: 'zoho.assignSession', count: 4, credits: 8 }]);
    expect(load.after.reassignments).toMatchObject({
      total: 4,
      takenFrom: [{ name: 'a1', count: 4 }],
      givenTo: [{ name: '65403000000522004', count: 4 }],
      picked: [],
    });
    const shown = await callCli([...ARGS, '--zone', 'America/Sao_Paulo'], { cwd });
    expect(shown.stdout).toMatch(/^hold +2 +4 +2 +0 +2 +-5m$/m);
    expect(shown.stdout).toContain('02/03/2026 10:06:00 America/Sao_Paulo  chat s1: the conditions have held for 5m');
    expect(shown.stdout).toContain('    vigia explain --rule hold --session s1 --at 2026-03-02T13:06:00.000Z\n');
  }, 60_000);

  it('exits with 2 for more new alerts than allowed, what went from shadow to live among them', async () => {
    const shadow = hold('10m', { mode: 'shadow' });
    const cwd = await folder({ ...BOTH, 'old/hold.rule.json': shadow, 'events.jsonl': EVENTS });
    const over = await callCli([...ARGS, '--max-new-alerts', '3', '--json'], { cwd });
    expect(over.code).toBe(2);
    expect(over.stderr).toContain('4 Slack messages would be new: more than the 3 of --max-new-alerts\n');
    expect(reportOf(over.stdout)).toMatchObject({ ok: false, rules: [{ before: 2, after: 4, added: 2, moved: 2 }] });
    expect((await callCli([...ARGS, '--max-new-alerts', '4'], { cwd })).code).toBe(0);
  }, 60_000);

  it('judges a warm-up without counting it: a hold that began before the stretch fires within it', async () => {
    // Chats 0 to 2 went on hold before; with ten minutes only chats 3 (12 min) and 4 fire, from minute 13 on.
    const since = new Date(START + 3 * MINUTE).toISOString();
    const { rules, events } = reportOf((await callCli([...ARGS, '--since', since, '--json'], { cwd })).stdout);
    expect(events).toMatchObject({ warmUp: 3, judged: 7 });
    expect(rules[0]).toMatchObject({ before: 2, after: 4 });
    const without = await callCli([...ARGS, '--since', since, '--warm-up', '0s', '--json'], { cwd });
    expect(reportOf(without.stdout).rules[0]).toMatchObject({ before: 2, after: 2 });
  }, 60_000);

  it('reads a gzipped file and stdin like the file itself', async () => {
    await writeFile(join(cwd, 'zipped'), gzipSync(EVENTS));
    const of = async (events: string, stdin = '') => {
      const args = ARGS.map((arg) => (arg === 'events.jsonl' ? events : arg));
      return reportOf((await callCli([...args, '--json'], { cwd, stdin })).stdout);
    };
    expect(await of('zipped')).toEqual(reportOf(plain.stdout));
    expect(await of('-', EVENTS)).toEqual(reportOf(plain.stdout));
  }, 60_000);

  it('names lines that cannot be read by line and column, and judges the others', async () => {
    const broken = `${EVENTS}\n{"key": 1]\n"text"\n{"kind":"something new"}\n${EVENTS.slice(0, 40)}`;
    const cwd = await folder({ ...BOTH, 'events.jsonl': broken });
    const { code, stdout, stderr } = await callCli([...ARGS, '--json'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toBe(
      [
        'events.jsonl:12:10: left out: it is not JSON',
        'events.jsonl:13:1: left out: it is neither an event nor an array of events',
        'events.jsonl:15:41: left out: it is not JSON',
        '',
      ].join('\n'),
    );
    expect(reportOf(stdout).events).toMatchObject({ judged: 10, broken: 3 });
  }, 60_000);

  it('writes a page in Portuguese, with texts escaped', async () => {
    const page = await readFile(join(cwd, 'report.html'), 'utf8');
    expect(page).toContain('<html lang="pt-BR">');
    expect(page).toContain('2 disparos a mais, 0 a menos, 2 deslocados');
    expect(page).not.toContain('<script>');
    expect(page).toContain('&lt;script&gt;');
  }, 60_000);

  it('says what is wrong with what it is given, and what to do', async () => {
    const cwd = await folder({
      ...BOTH,
      'bad/bad.rule.json': { name: 'x' },
      'none/readme.json': {},
      'events.jsonl': EVENTS,
      'empty.jsonl': '',
      'later.jsonl': `${JSON.stringify({ kind: 'vigia.history', version: 2, portal: 'p' })}\n${EVENTS}`,
      'noise.jsonl': 'no event',
      'cut.jsonl': `${JSON.stringify({ kind: 'vigia.history', version: 1, portal: 'p' })}\n${EVENTS}`,
    });
    await writeFile(join(cwd, 'cut.gz'), gzipSync(EVENTS.repeat(50)).subarray(0, 100));
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await callCli(['backtest', ...args], { cwd });
      return `${code} ${stdout}${stderr}`;
    };
    const rules = ['--rules', 'new', '--against', 'old'];
    expect(await run(...rules, '--events', 'no.jsonl')).toMatch(
      /^1 vigia: there is no file .*no\.jsonl\n {2}Give a file/,
    );
    expect(await run(...rules, '--events', 'old')).toMatch(/^1 vigia: .*old is no file\n/);
    expect(await run(...rules, '--events', 'empty.jsonl')).toMatch(
      /^1 vigia: no event was found .*\n {2}Give an earlier/,
    );
    expect(await run(...rules, '--events', 'cut.gz')).toMatch(/^1 vigia: .*cut\.gz cannot be unzipped: it is cut off/);
    expect(await run(...rules, '--events', 'later.jsonl')).toMatch(
      /^1 vigia: the history is of another version\n {2}Use the Vigia that exported it/,
    );
    expect(await run(...rules, '--events', 'noise.jsonl')).toMatch(
      /^1 vigia: no event could be read: line 1: it is not JSON\n {2}One event per line/,
    );
    expect(await run(...rules, '--events', 'cut.jsonl')).toMatch(/^1 vigia: the history is cut off: .*\n {2}Copy/);
    expect(await run('--rules', 'new', '--events', 'events.jsonl')).toMatch(
      /^1 vigia: events\.jsonl has no decisions to compare with, only events\n {2}Give the rules/,
    );
    expect(await run('--rules', 'bad', '--events', 'events.jsonl')).toMatch(
      /^2 bad\/bad\.rule\.json:1:.*no event was judged\n$/s,
    );
    const asJson = await callCli(['backtest', '--rules', 'bad', '--events', 'events.jsonl', '--json'], { cwd });
    expect([asJson.code, asJson.stderr]).toEqual([2, '']);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ ok: false, faults: [{ file: 'bad.rule.json' }, {}] });
    expect(await run('--rules', 'no', '--events', 'events.jsonl')).toMatch(/^1 vigia: there is no rules folder/);
    expect(await run(...rules)).toMatch(/^1 vigia: ZOHO_ORG_ID is not set/);
    expect(await run(...rules, '--since', '30x')).toMatch(/^1 error: .*Give a duration such as 30d/);
    expect(await run(...rules, '--since', '1d', '--until', '2d')).toMatch(/^1 vigia: --since is not before --until\n/);
    expect(await run(...rules, '--zone', 'Sao Paulo')).toMatch(/^1 error: .*Did you mean America\/Sao_Paulo/);
    expect(await run(...rules, '--max-new-alerts', 'few')).toMatch(/^1 error: .*Give a number/);
  }, 60_000);
});

describe('vigia replay', () => {
  const decided = (outcome: string, sessionId: string, minute: number) =>
    JSON.stringify({
      kind: 'decision',
      ruleId: 'hold',
      rulesetHash: 'earlier',
      subject: sessionId,
      sessionId,
      episodeId: `hold:${sessionId}`,
      outcome,
      mode: 'live',
      step: 0,
      at: new Date(START + minute * MINUTE).toISOString(),
      decidedAt: new Date(START + minute * MINUTE).toISOString(),
      reason: 'as it was',
    });

  it('lists what fires now and did not then, the other way round, at another moment and for another reason', async () => {
    const events = EVENTS.split('\n').filter((line) => line !== '');
    const lines = [
      ...events.map((line) => ({ at: JSON.parse(line).receivedAt, line })),
      // Chat 0 never had ten minutes; chat 3 fires at minute 13, chat 4 at 14 and was not recorded.
      { at: START + 10 * MINUTE, line: decided('fired', 's0', 10) },
      { at: START + 15 * MINUTE, line: decided('fired', 's3', 15) },
      { at: START + 30 * MINUTE, line: JSON.stringify({ kind: 'end' }) },
    ]
      .sort((a, b) => a.at - b.at)
      .map(({ line }) => line);
    const head = JSON.stringify({ kind: 'vigia.history', version: 1, portal: 'p' });
    const cwd = await folder({ 'rules/hold.rule.json': hold('10m'), 'h.jsonl': `${[head, ...lines].join('\n')}\n` });
    const { code, stdout } = await callCli(['replay', '--events', 'h.jsonl'], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain('Other rules were in force for a part of it (earlier).\n');
    expect(stdout).toContain('  fires now and did not then: 1\n  added  02/03/2026 13:14:00 UTC  chat s4:');
    expect(stdout).toContain('  fired then and does not now: 1\n  removed  02/03/2026 13:10:00 UTC  chat s0:');
    expect(stdout).toContain(
      '  fires at another moment: 1\n  moved  02/03/2026 13:15:00 UTC → 02/03/2026 13:13:00 UTC (-2m)',
    );
    expect(stdout).toContain('differs added 1, removed 1, moved 1, another reason 0; the same: 0\n');
  }, 60_000);
});
