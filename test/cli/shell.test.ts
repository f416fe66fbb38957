import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { CommandEntry } from '../../src/cli/command-entry.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { AppError } from '../../src/domain/errors.ts';
import { scanSource } from '../architecture/scan-source.ts';
import { callCli } from './support/call-cli.ts';
import { startCli } from './support/spawn-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

/** A command of tests that does one thing. */
function commandThat(action: (env: Readonly<Record<string, string | undefined>>) => unknown): CommandEntry {
  return {
    name: 'probe',
    summary: 'do it',
    load: async () => (program, io) => {
      program.command('probe').action(async () => {
        await action(io.env);
      });
    },
  };
}

describe('the command line', () => {
  it('lists every command with its summary, also when called without one', async () => {
    const cwd = await makeFolder();
    const { code, stdout, stderr } = await callCli(['--help'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name } of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\s+\\S`, 'm'));
    expect(stdout).toContain('Exit codes: 0 fine, 1 could not run, 2 a check or test failed.');
    expect((await callCli([], { cwd })).stdout).toBe(stdout);
  });

  it('tells its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await callCli(['--version'], { cwd: await makeFolder() })).stdout).toBe(`${version}\n`);
  });

  it('answers an unknown command with 1 and the nearest one that there is', async () => {
    const { code, stdout, stderr } = await callCli(['migrat'], { cwd: await makeFolder() });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain("unknown command 'migrat'");
    expect(stderr).toContain('Did you mean migrate?');
  });

  it.each([
    [['token', '--jsn'], '--json'],
    [['token', 'surplus'], 'too many arguments'],
    [['send', '--status'], 'argument missing'],
  ])('answers a wrong command line %j with 1 and a hint', async (args, hint) => {
    const { code, stderr } = await callCli(args, { cwd: await makeFolder() });
    expect(code).toBe(1);
    expect(stderr).toContain(hint);
    expect(stderr).toContain('--help');
  });

  it.each(COMMANDS)('$name registers itself under its name, with a description', async ({ name, load }) => {
    const program = new Command();
    const register = await load();
    register(program, { stdout: nowhere, stderr: nowhere, stdin: nothing(), env: {}, cwd: '/', exitCode: 0 });
    expect(program.commands.map((command) => command.name())).toEqual([name]);
    expect(program.commands[0]?.description()).not.toBe('');
  });

  it('imports the file of a command only when it is called', async () => {
    const files = await staticImports('src/cli/main.ts');
    expect([...files].filter((file) => !/^src\/(?:cli|domain)\//.test(file))).toEqual([]);
    for (const { name } of COMMANDS) expect([...files]).not.toContain(`src/cli/${name}.ts`);
  });
});

describe('what goes wrong', () => {
  it('is told with its remedy and without a stack when it was expected', async () => {
    const commands = [
      commandThat(() => {
        throw new AppError('conflict', 'that is taken', { remedy: 'Use another.\nOr wait.' });
      }),
    ];
    const { code, stdout, stderr } = await callCli(['probe'], { cwd: await makeFolder(), commands });
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: 'vigia: that is taken\n  Use another.\n  Or wait.\n',
    });
  });

  it('is told with a hint to LOG_LEVEL=debug when it was not, which shows where it happened', async () => {
    const commands = [
      commandThat(() => {
        throw new TypeError('cannot read properties of nothing');
      }),
    ];
    const cwd = await makeFolder();
    const { code, stderr } = await callCli(['probe'], { cwd, commands });
    expect(code).toBe(1);
    expect(stderr).toContain('vigia: cannot read properties of nothing\n');
    expect(stderr).toContain('LOG_LEVEL=debug');
    expect(stderr).not.toContain('    at ');
    const more = await callCli(['probe'], { cwd, commands, env: { LOG_LEVEL: 'debug' } });
    expect(more.stderr).toMatch(/^ {2}at .*shell\.test\.ts/m);
    const folder = await makeFolder({ '.env': 'LOG_LEVEL=debug' });
    expect((await callCli(['probe'], { cwd: folder, commands })).stderr).toBe(more.stderr);
  });

  it('never shows what a failed query was given', async () => {
    const commands = [
      commandThat(() => {
        throw Object.assign(new Error('Failed query: insert … params: +919878765654'), {
          query: 'insert',
          params: ['+919878765654'],
          cause: new Error('connection refused'),
        });
      }),
    ];
    const options = { cwd: await makeFolder(), commands, env: { LOG_LEVEL: 'debug' } };
    const { stderr } = await callCli(['probe'], options);
    expect(stderr).toContain('query failed: connection refused');
    expect(stderr).not.toContain('+919878765654');
  });

  it('has no colour in a pipe, nor where NO_COLOR is set', async () => {
    const cwd = await makeFolder();
    const fail = [commandThat(() => Promise.reject(new AppError('conflict', 'no')))];
    const coloured = await callCli(['probe'], { cwd, commands: fail, isTTY: true });
    expect(coloured.stderr).toContain('\u001b[');
    expect((await callCli(['probe'], { cwd, commands: fail })).stderr).toBe('vigia: no\n');
    const options = { cwd, commands: fail, isTTY: true, env: { NO_COLOR: '1' } };
    expect((await callCli(['probe'], options)).stderr).toBe('vigia: no\n');
  });
});

describe('.env in the working directory', () => {
  it('is read, and what the process was given wins', async () => {
    const cwd = await makeFolder({ '.env': '# of the project\nPORT=1234\nHOST="0.0.0.0"\n' });
    let seen: unknown;
    const commands = [
      commandThat((env) => {
        seen = { ...env };
      }),
    ];
    const { code } = await callCli(['probe'], { cwd, commands, env: { PORT: '9', OTHER: 'x' } });
    expect(code).toBe(0);
    expect(seen).toEqual({ PORT: '9', HOST: '0.0.0.0', OTHER: 'x' });
  });

  it('is told when it cannot be read', async () => {
    const cwd = await makeFolder({ '.env/inside': 'a folder' });
    const { code, stderr } = await callCli(['token'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('.env cannot be read (EISDIR)');
  });
});

describe('vigia token', () => {
  it('prints nothing but a new token of 256 bits each time', async () => {
    const cwd = await makeFolder();
    const [first, second] = [await callCli(['token'], { cwd }), await callCli(['token'], { cwd })];
    expect(first).toEqual({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{64}\n$/), stderr: '' });
    expect(second.stdout).not.toBe(first.stdout);
    expect(JSON.parse((await callCli(['token', '--json'], { cwd })).stdout)).toEqual({
      token: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

describe('the process', () => {
  it('ends with the exit code of its command', async () => {
    const cwd = await makeFolder();
    expect(await startCli(['token'], { cwd }).ended).toMatchObject({ code: 0, stderr: '' });
    expect((await startCli(['nothing'], { cwd }).ended).code).toBe(1);
    const { code, stdout } = await startCli(['doctor', '--json'], { cwd, env: { PORT: 'x' } }).ended;
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
  });

  it('refuses a Node that is too old before that trips over the code', async () => {
    const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
    const { code, stdout, stderr } = await startCli(['token'], { cwd: await makeFolder(), nodeArgs }).ended;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('this is Node 20.20.2, and Vigia needs 22.18 or newer');
  });

  it('is content when its reader has gone', async () => {
    const { child, ended } = startCli(['--help'], { cwd: await makeFolder() });
    child.stdout?.destroy();
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });
});

const nowhere = { write: () => true };

async function* nothing(): AsyncGenerator<string> {}

/** The files that are read when this one is imported, by path from the top of the project. */
async function staticImports(start: string): Promise<Set<string>> {
  const top = fileURLToPath(new URL('../..', import.meta.url));
  const seen = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file) || !file.startsWith('src/')) return;
    seen.add(file);
    const text = await readFile(resolve(top, file), 'utf8');
    const { code, imports } = scanSource(text);
    const lines = code.split('\n');
    for (const { specifier, typeOnly, line } of imports) {
      if (typeOnly || !specifier.startsWith('.') || /\bimport\s*\(/.test(lines[line - 1] ?? '')) continue;
      await visit(relative(top, resolve(top, dirname(file), specifier)));
    }
  };
  await visit(start);
  return seen;
}
