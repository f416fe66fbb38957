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

/**
 * Every command, in the order of the help. A command's file is imported when it is called, so that `vigia --help` and
 * small commands do not wait for a database or an SDK.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'serve',
    summary: 'start the service',
    load: async () => (await import('./serve.ts')).registerServe,
  },
  {
    name: 'sandbox',
    summary: 'start the service between a stand-in Zoho Desk and a stand-in Slack',
    load: async () => (await import('./sandbox.ts')).registerSandbox,
  },
  {
    name: 'send',
    summary: 'send an event to a running server, signed with the sandbox’s key',
    load: async () => (await import('./send.ts')).registerSend,
  },
  {
    name: 'check',
    summary: 'check the rules, with the place and the remedy of each fault',
    load: async () => (await import('./check.ts')).registerCheck,
  },
  {
    name: 'schema',
    summary: 'write the JSON Schemas that editors complete rules with',
    load: async () => (await import('./schema.ts')).registerSchema,
  },
  {
    name: 'migrate',
    summary: 'bring the database up to date',
    load: async () => (await import('./migrate.ts')).registerMigrate,
  },
  {
    name: 'bundle',
    summary: 'write the rules and pages that a Worker carries',
    load: async () => (await import('./bundle.ts')).registerBundle,
  },
  {
    name: 'doctor',
    summary: 'tell what is and is not configured and reachable',
    load: async () => (await import('./doctor.ts')).registerDoctor,
  },
  {
    name: 'token',
    summary: 'print a fresh random token for ADMIN_TOKEN',
    load: async () => (await import('./token.ts')).registerToken,
  },
];
