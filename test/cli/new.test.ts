import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { QUESTIONS, toId } from '../../src/cli/new/questions.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const CALENDARS = JSON.stringify({
  office: { zone: 'America/Sao_Paulo', hours: { 'mon-fri': ['09:00-18:00'] } },
  night: { zone: 'America/Sao_Paulo', hours: { 'mon-sun': ['22:00-06:00'] } },
});
const DIRECTORY = JSON.stringify({ slack: { channels: { '#ops': 'C04CHATOPS1' } } });
const FILES = { 'rules/calendars.json': CALENDARS, 'rules/directory.json': DIRECTORY };
const HOLD = ['--kind', 'hold', '--status', 'ON_HOLD', '--for', '15m', '--slack', '#ops'];

async function expectSound(cwd: string): Promise<void> {
  const checked = JSON.parse((await callCli(['check', '--json', '--no-environment'], { cwd })).stdout);
  const codes = checked.faults.map(({ code }: { code: string }) => code);
  expect(codes.filter((code: string) => code !== 'unused-calendar')).toEqual([]);
  const tried = await callCli(['test', '--mutate'], { cwd });
  expect(tried.stdout).not.toContain('no test notices');
  expect(tried.code).toBe(0);
}

describe('vigia new', () => {
  it.each([
    [HOLD],
    [[...HOLD, '--assignee', 'nobody', '--during', 'office']],
    [[...HOLD, '--assignee', 'bot', '--during', 'night', '--for', '12h']],
    [['--kind', 'hold', '--status', 'ENDED', '--for', '2s', '--slack', '#ops']],
    [['--kind', 'event', '--status', 'OPEN', '--slack', 'C04CHATOPS1', '--during', 'night']],
    [['--kind', 'event', '--status', 'MISSED', '--slack', '#elsewhere']],
    [['--kind', 'schedule', '--status', 'OPEN', '--above', '0', '--slack', '#ops']],
    [['--kind', 'schedule', '--status', 'ON_HOLD', '--every', '7m', '--during', 'night', '--slack', '#ops']],
  ])('writes a rule that passes check and test: %j', async (options) => {
    const cwd = await makeFolder(FILES);
    const { code, stdout, stderr } = await callCli(['new', ...options, '--id', 'mine'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('written: rules/mine.rule.json, rules/mine.test.json');
    await expectSound(cwd);
  });

  it('names it after what it does, and says in a sentence what that is', async () => {
    const cwd = await makeFolder(FILES);
    const { stdout } = await callCli(['new', ...HOLD, '--json'], { cwd });
    const id = 'tell-of-chats-that-are-on-hold-for-15m';
    expect(JSON.parse(stdout)).toEqual({
      ok: true,
      id,
      files: [`${id}.rule.json`, `${id}.test.json`],
      sentences: ['When a chat stays on hold for 15 minutes, Vigia shows a card in #ops.'],
      warnings: [],
    });
    expect(toId('  Olá, Mundo! — 2 ')).toBe('ola-mundo-2');
    expect(toId('中文')).toBeUndefined();
  });

  it('asks on a terminal, again where an answer is no good; an empty line takes what is in brackets', async () => {
    const cwd = await makeFolder(FILES);
    const lines = ['', 'ONHOLD', '', 'agent', '', 'soon', '10m', 'ops', '#ops', 'offfice', 'office', 'Mine', ''];
    const { code, stdout } = await callCli(['new'], { cwd, isTTY: true, stdin: lines.join('\n').concat('\n') });
    expect(code).toBe(0);
    expect(stdout).toContain('Did you mean "ON_HOLD"?');
    expect(stdout).toContain('"soon" is no such duration');
    expect(stdout).toContain('An answer is needed here.');
    expect(stdout).toContain('"ops" is no channel');
    expect(stdout).toContain('Did you mean "office"?');
    expect(JSON.parse(await readFile(join(cwd, 'rules/mine.rule.json'), 'utf8'))).toMatchObject({
      name: 'Mine',
      for: '10m',
      during: 'office',
    });
    await expectSound(cwd);
  });

  it('asks only for what no option says', async () => {
    const cwd = await makeFolder(FILES);
    const options = [...HOLD, '--assignee', 'anyone', '--during', 'always', '--name', 'Mine'];
    const { stdout } = await callCli(['new', ...options], {
      cwd,
      isTTY: true,
      stdin: 'other\n',
      env: { NO_COLOR: '1' },
    });
    expect(stdout.split('\n')[0]).toContain('Its id, which is the name of its file? [mine]');
    expect(stdout).toContain('rules/other.rule.json');
  });

  it('that is broken off writes nothing', async () => {
    const cwd = await makeFolder(FILES);
    const { code, stderr } = await callCli(['new'], { cwd, isTTY: true, stdin: 'hold\nON_HOLD\n' });
    expect(code).toBe(1);
    expect(stderr).toContain('broken off: nothing was written');
    expect(await readdir(join(cwd, 'rules'))).toEqual(['calendars.json', 'directory.json']);
  });

  it('without a terminal tells everything that is missing, at once', async () => {
    const cwd = await makeFolder(FILES);
    const nothing = await callCli(['new'], { cwd });
    expect(nothing).toMatchObject({ code: 1, stdout: '' });
    expect(nothing.stderr).toContain('--kind <kind>, --status <status>, --slack <channel>');
    const hold = await callCli(['new', '--kind', 'hold'], { cwd });
    expect(hold.stderr).toContain('--status <status>, --for <duration>, --slack <channel>');
    // A program asks for JSON, and is asked nothing in return.
    expect((await callCli(['new', '--json'], { cwd, isTTY: true })).stderr).toContain('it is not said');
  });

  it.each([
    [['--kind', 'holds'], 'Did you mean "hold"?'],
    [['--status', 'CLOSED'], 'is not among them'],
    [['--for', '0s'], 'is no such duration'],
    [['--every', '1s'], 'is no such duration'],
    [['--above', '-1'], 'Give a whole number'],
    [['--slack', '{{ session.id }}'], 'is no channel'],
    [['--during', 'ofice'], 'Did you mean "office"?'],
    [['--id', '../x'], 'An id has small letters'],
    [['--name', 'x'.repeat(201)], 'at most 200'],
    [['--kind', 'event', '--for', '5m'], '--for does not go with --kind event'],
    [['--from', 'pingpong'], 'Did you mean "ping-pong"?'],
    [['--from', 'ping-pong', '--for', '1m'], '--from copies a rule as it is'],
    [['--rules', 'nowhere'], 'there is no rules folder'],
  ])('refuses %j, with the remedy', async (options, hint) => {
    const cwd = await makeFolder(FILES);
    const { code, stdout, stderr } = await callCli(['new', ...options], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(hint);
  });

  it('writes over nothing: a rule of that id, a test that is there without one', async () => {
    const cwd = await makeFolder({ ...FILES, 'rules/other.test.json': '{ "tests": [] }' });
    await callCli(['new', ...HOLD, '--id', 'mine'], { cwd });
    const before = await readFile(join(cwd, 'rules/mine.rule.json'), 'utf8');
    const again = await callCli(['new', ...HOLD, '--for', '20m', '--id', 'mine'], { cwd });
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('There is a rule "mine" already');
    expect(await readFile(join(cwd, 'rules/mine.rule.json'), 'utf8')).toBe(before);
    const beside = await callCli(['new', ...HOLD, '--id', 'other'], { cwd });
    expect(beside.code).toBe(1);
    expect(beside.stderr).toContain('other.test.json is there already');
    expect(await readFile(join(cwd, 'rules/other.test.json'), 'utf8')).toBe('{ "tests": [] }');
    expect(await readdir(join(cwd, 'rules'))).not.toContain('other.rule.json');
  });

  it('wants the rules that are there to be mended first', async () => {
    const cwd = await makeFolder({ 'rules/bad.rule.json': '{' });
    const { code, stdout } = await callCli(['new', ...HOLD], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain('rules/bad.rule.json:1:');
    expect(stdout).toContain('nothing was written');
  });

  it('tells when the folder cannot be written to', async () => {
    const cwd = await makeFolder(FILES);
    await chmod(join(cwd, 'rules'), 0o555);
    const { code, stderr } = await callCli(['new', ...HOLD, '--id', 'mine'], { cwd });
    // Root may write anywhere.
    if (process.getuid?.() === 0) return;
    expect(code).toBe(1);
    expect(stderr).toContain('cannot be written');
  });

  it('copies a rule of the cookbook with its test, and says what it lacks', async () => {
    const cwd = await makeFolder(FILES);
    const copied = await callCli(['new', '--from', 'ping-pong', '--id', 'handed-around'], { cwd });
    expect(copied.code).toBe(0);
    expect(copied.stdout).toContain('warning: line 16: directory.json has no Slack');
    expect((await callCli(['test'], { cwd })).code).toBe(0);
    const { code, stderr } = await callCli(['new', '--from', 'customer-waits'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('there is no rule "channel-lost"');
    expect((await callCli(['new', '--from', 'channel-lost'], { cwd })).code).toBe(0);
    expect((await callCli(['new', '--from', 'customer-waits'], { cwd })).code).toBe(0);
  });

  it('has an option for every question', async () => {
    const { stdout } = await callCli(['new', '--help'], { cwd: await makeFolder() });
    for (const { name } of QUESTIONS) expect(stdout).toContain(`--${name} <`);
  });
});
