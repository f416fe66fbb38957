import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const run = promisify(execFile);

/** What bash itself would offer after these words. */
async function complete(cwd: string, script: string, ...words: string[]): Promise<string[]> {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of the shell.
  const body = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _vigia; printf "%s\\n" "${COMPREPLY[@]}"';
  const { stdout } = await run('bash', ['-c', `${script}\n${body}`, 'bash', 'vigia', ...words], {
    cwd,
    env: { PATH: process.env['PATH'] },
  });
  return stdout.trim() === '' ? [] : stdout.trim().split('\n');
}

describe('vigia completion', () => {
  it('completes commands, options, their values, commands within commands and ids of rules, in bash', async () => {
    const cwd = await makeFolder({
      'rules/on-hold.rule.json': '{}',
      'rules/on-end.rule.json': '{}',
      'rules/on-$(touch ran).rule.json': '{}',
      'rules/on-hold.test.json': '{}',
    });
    const { stdout: script, code } = await callCli(['completion', 'bash'], { cwd });
    expect(code).toBe(0);
    expect(await complete(cwd, script, '')).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)));
    expect(await complete(cwd, script, 'che')).toEqual(['check']);
    expect(await complete(cwd, script, 'check', '--str')).toEqual(['--strict']);
    expect(await complete(cwd, script, 'check', '--format', 's')).toEqual(['sarif']);
    expect(await complete(cwd, script, 'calendar', 'imp')).toEqual(['import-holidays']);
    expect(await complete(cwd, script, 'test', 'on-')).toEqual(['on-end', 'on-hold']);
    expect(await complete(cwd, script, 'describe', '')).toEqual(['on-end', 'on-hold']);
    expect(await complete(cwd, script, 'help', 'tok')).toEqual(['token']);
    // Where there are no rules, nothing is offered; a name that a shell would run is not even looked at.
    expect(await complete(join(cwd, 'rules'), script, 'test', '')).toEqual([]);
    await expect(run('ls', ['ran'], { cwd })).rejects.toThrow();
  });

  it.each(['bash', 'zsh', 'fish'])('names every command and every option of it, for %s', async (shell) => {
    const { stdout } = await callCli(['completion', shell], { cwd: await makeFolder() });
    for (const { name } of COMMANDS) expect(stdout).toContain(name);
    for (const option of ['no-environment', 'min-coverage', 'assignee']) expect(stdout).toContain(option);
  });

  it('refuses a shell that it does not know, and none', async () => {
    const cwd = await makeFolder();
    const unknown = await callCli(['completion', 'tcsh'], { cwd });
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('Allowed choices are bash, zsh, fish');
    expect((await callCli(['completion'], { cwd })).code).toBe(1);
  });
});
