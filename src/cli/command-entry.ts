import type { Command } from 'commander';
import type { CliIo } from './io.ts';

/** Adds one command to the program. */
export type Register = (program: Command, io: CliIo) => void;

export interface CommandEntry {
  name: string;
  /** Its line in the list of commands. */
  summary: string;
  load(): Promise<Register>;
}
