import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

/** Without rules or events, so that whoever begins the work complains of that. */
const COMMANDS = {
  'simulate --html': ['simulate', '--html'],
  'simulate --file --html': ['simulate', '--file', 'nothing.jsonl', '--html'],
  'backtest --html': ['backtest', '--events', 'nothing.jsonl', '--html'],
  'test --junit': ['test', '--junit'],
};

describe.each(Object.entries(COMMANDS))('vigia %s', (_, command) => {
  it.each([
    ['no/such/report', 'there is no such folder'],
    ['file/report', 'what should be its folder is a file'],
    ['folder', 'it is a folder'],
  ])('says at once that %s cannot be written, before the work is begun', async (target, why) => {
    const cwd = await makeFolder({ file: 'kept', 'folder/kept': '' });
    const { code, stdout, stderr } = await callCli([...command, target], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`cannot be written to .*${target}: (${why})`));
    expect(stderr).toContain('Give a file in a folder that is there and can be written to.');
    expect((await readdir(cwd)).sort()).toEqual(['file', 'folder']);
  });

  // Root may write anywhere.
  it.skipIf(process.getuid?.() === 0)(
    'says so of what may not be written to, and of a folder that takes no file',
    async () => {
      const cwd = await makeFolder({ report: 'kept' });
      await mkdir(join(cwd, 'closed'), { mode: 0o555 });
      await chmod(join(cwd, 'report'), 0o444);
      for (const target of ['report', 'closed/report']) {
        const { code, stderr } = await callCli([...command, target], { cwd });
        expect(code).toBe(1);
        expect(stderr).toContain('this user may not write there');
      }
    },
  );
});

const RULE = JSON.stringify({
  name: 'On hold',
  for: '10m',
  conditions: { all: [{ fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' }] },
  actions: [{ type: 'slack.alert', params: { channel: '#ops', text: 'Chat {{ session.id }}' } }],
});
const EVENT = { type: 'IM_Session_Status', sessionId: 's1', sessionStatus: 'OPEN' };
const TESTS = JSON.stringify({
  tests: [
    {
      name: 'nothing',
      steps: [
        { at: '0s', event: EVENT },
        { at: '1m', expect: [] },
      ],
    },
  ],
});

describe('a report', () => {
  async function report(target: string, prepare: (cwd: string) => Promise<unknown>): Promise<string> {
    const cwd = await makeFolder({ 'rules/r.rule.json': RULE, 'rules/r.test.json': TESTS });
    await prepare(cwd);
    expect(await callCli(['test', '--junit', target], { cwd })).toMatchObject({ code: 0, stderr: '' });
    return cwd;
  }

  it('replaces what was there and leaves nothing beside it', async () => {
    const cwd = await report('report.xml', (folder) => writeFile(join(folder, 'report.xml'), 'x'.repeat(100_000)));
    expect(await readFile(join(cwd, 'report.xml'), 'utf8')).toMatch(/^<\?xml.*<\/testsuites>\s*$/s);
    expect((await readdir(cwd)).sort()).toEqual(['report.xml', 'rules']);
  });

  it('goes where a link leads, and the link stays', async () => {
    const cwd = await report('link.xml', async (folder) => {
      await writeFile(join(folder, 'report.xml'), 'old');
      await symlink(join(folder, 'report.xml'), join(folder, 'link.xml'));
    });
    expect(await readFile(join(cwd, 'report.xml'), 'utf8')).toMatch(/^<\?xml/);
    expect((await readdir(cwd)).sort()).toEqual(['link.xml', 'report.xml', 'rules']);
  });

  it('is written to a device, which is not replaced', async () => {
    await report('/dev/null', async () => undefined);
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });
});
