import { Command, type Option } from 'commander';
import type { CommandEntry } from '../command-entry.ts';
import type { CliIo } from '../io.ts';

/** What may be typed after a command's name. */
export interface CommandWords {
  name: string;
  summary: string;
  /** Names of commands within it, or the choices of what follows its name. */
  subcommands: string[];
  options: { flag: string; about: string; choices: readonly string[] }[];
  /** Whether it takes ids of rules. */
  takesRules: boolean;
}

/** Read from the commands themselves, so that nothing is listed twice. */
export async function listCommandWords(entries: readonly CommandEntry[], io: CliIo): Promise<CommandWords[]> {
  const listed: CommandWords[] = [];
  for (const { name, summary, load } of entries) {
    const program = new Command();
    (await load())(program, io);
    const command = program.commands.find((one) => one.name() === name);
    if (command === undefined) continue;
    const { commands } = command;
    listed.push({
      name,
      summary,
      subcommands: [
        ...commands.map((one) => one.name()),
        ...command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices),
      ],
      options: [command, ...commands].flatMap((one) => one.options).flatMap(toWords),
      takesRules: command.registeredArguments.some((argument) => /\bids of rules\b/.test(argument.description)),
    });
  }
  return listed;
}

function toWords({ long, description, argChoices = [] }: Option): CommandWords['options'] {
  return long === null || long === undefined ? [] : [{ flag: long, about: description, choices: argChoices }];
}
