import { Command, CommanderError } from 'commander';
import { AppError, errorText } from '../domain/errors.ts';
import type { CommandEntry } from './command-entry.ts';
import { COMMANDS } from './commands.ts';
import type { CliIo, ExitCode } from './io.ts';
import { readEnv } from './read-env.ts';
import { createStyle } from './style.ts';

/**
 * Runs one command line: `args` are the words after the program's name. Never throws; what went wrong is on stderr, and
 * the exit code says which kind it was (see io.ts).
 */
export async function runCli(args: readonly string[], io: CliIo, commands = COMMANDS): Promise<ExitCode> {
  const own = { ...io };
  try {
    own.env = readEnv(io.env, io.cwd);
    const program = await createProgram(args, own, commands);
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return own.exitCode;
  } catch (error) {
    // Commander has printed its own message: what was wrong with the command line, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    io.stderr.write(describeError(error, own));
    return 1;
  }
}

/** The program with the command that is called; of the others only the name and the summary. */
async function createProgram(args: readonly string[], io: CliIo, commands: readonly CommandEntry[]): Promise<Command> {
  const program = new Command('vigia')
    .description('Vigia keeps watch over the instant-messaging desk: events in, rules judged, actions out.')
    .usage('<command> [options]')
    .version(await readVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'show this help, or that of a command')
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('Run it with --help to see what it takes.')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .exitOverride()
    .addHelpText('after', '\nExit codes: 0 fine, 1 could not run, 2 a check or test failed.');
  const [first, second] = args.filter((arg) => !arg.startsWith('-'));
  const called = first === 'help' ? second : first;
  for (const { name, summary, load } of commands) {
    if (name === called) (await load())(program, io);
    else program.command(name).summary(summary);
  }
  for (const command of program.commands) {
    command.summary(commands.find(({ name }) => name === command.name())?.summary ?? '');
  }
  return program;
}

async function readVersion(): Promise<string> {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } });
  return manifest.version;
}

/** What went wrong and what to do about it. Only an unexpected error has anything to look up in the code. */
function describeError(error: unknown, io: CliIo): string {
  const style = createStyle(io, io.stderr);
  const head = `${style('red', 'vigia:')} ${errorText(error)}\n`;
  if (error instanceof AppError) return error.remedy === undefined ? head : `${head}${indent(error.remedy)}\n`;
  if (io.env['LOG_LEVEL'] === 'debug' || io.env['LOG_LEVEL'] === 'trace') return `${head}${indent(stackOf(error))}\n`;
  return `${head}  This was not expected. Run it again with LOG_LEVEL=debug to see where it happened.\n`;
}

/** Without its first line, which is the message and may hold the parameters of a query. */
function stackOf(error: unknown): string {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return frames
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .join('\n');
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
