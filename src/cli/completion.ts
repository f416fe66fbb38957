import { Argument, type Command } from 'commander';
import type { CommandEntry, Register } from './command-entry.ts';
import { listCommandWords } from './completion/command-words.ts';
import { formatScript, SHELLS, type Shell } from './completion/scripts.ts';
import type { CliIo } from './io.ts';

const NAME = 'completion';

/** @param entries every command, this one among them */
export function createCompletion(entries: readonly CommandEntry[]): Register {
  return (program: Command, io: CliIo) => {
    program
      .command(NAME)
      .description(
        'Prints the script by which a shell completes commands, options and ids of rules.\n' +
          'For bash, in ~/.bashrc: eval "$(vigia completion bash)"',
      )
      .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
      .action(async (shell: Shell) => {
        const others = await listCommandWords(
          entries.filter(({ name }) => name !== NAME),
          io,
        );
        const summary = entries.find(({ name }) => name === NAME)?.summary ?? '';
        const own = { name: NAME, summary, subcommands: [...SHELLS], options: [], takesRules: false };
        io.stdout.write(formatScript(shell, [...others, own]));
      });
  };
}
