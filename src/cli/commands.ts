import type { CommandEntry } from './command-entry.ts';

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
    name: 'new',
    summary: 'write a new rule with its test, by questions or options',
    load: async () => (await import('./new.ts')).registerNew,
  },
  {
    name: 'check',
    summary: 'check the rules, with the place and the remedy of each fault',
    load: async () => (await import('./check.ts')).registerCheck,
  },
  {
    name: 'test',
    summary: 'run the tests of the rules in virtual time',
    load: async () => (await import('./test.ts')).registerTest,
  },
  {
    name: 'record',
    summary: 'write a test of what really happened to a chat, made anonymous',
    load: async () => (await import('./record.ts')).registerRecord,
  },
  {
    name: 'simulate',
    summary: 'try the rules with every status and change of status, or with a day of events',
    load: async () => (await import('./simulate.ts')).registerSimulate,
  },
  {
    name: 'explain',
    summary: 'why a rule did or did not fire for a chat, now or at a past moment',
    load: async () => (await import('./explain.ts')).registerExplain,
  },
  {
    name: 'tune',
    summary: 'what other times of a rule would have meant, from what was recorded',
    load: async () => (await import('./tune.ts')).registerTune,
  },
  {
    name: 'backtest',
    summary: 'try the rules with recorded events, beside other rules or what was recorded',
    load: async () => (await import('./backtest.ts')).registerBacktest,
  },
  {
    name: 'replay',
    summary: 'put stored events through the rules again, and tell what differs from the record',
    load: async () => (await import('./replay.ts')).registerReplay,
  },
  {
    name: 'describe',
    summary: 'tell each rule in plain sentences, in English or Portuguese',
    load: async () => (await import('./describe.ts')).registerDescribe,
  },
  {
    name: 'schema',
    summary: 'write the JSON Schemas that editors complete rules with',
    load: async () => (await import('./schema.ts')).registerSchema,
  },
  {
    name: 'calendar',
    summary: 'print the coming fortnight of a calendar, write holidays into it',
    load: async () => (await import('./calendar.ts')).registerCalendar,
  },
  {
    name: 'vocabulary',
    summary: 'values that Zoho Desk sent and nobody knew: list them, accept them',
    load: async () => (await import('./vocabulary.ts')).registerVocabulary,
  },
  {
    name: 'silence',
    summary: 'keep Slack quiet about something for a while: add, list, extend, lift',
    load: async () => (await import('./silence.ts')).registerSilence,
  },
  {
    name: 'pause',
    summary: 'stop actions: everything, a rule, a destination, a channel',
    load: async () => (await import('./pause.ts')).registerPause,
  },
  {
    name: 'resume',
    summary: 'lift a pause',
    load: async () => (await import('./pause.ts')).registerResume,
  },
  {
    name: 'export',
    summary: 'write events, transitions, sessions or decisions as NDJSON or CSV, or the history that a backtest reads',
    load: async () => (await import('./export.ts')).registerExport,
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
    name: 'completion',
    summary: 'print the completion script of a shell',
    load: async () => (await import('./completion.ts')).createCompletion(COMMANDS),
  },
  {
    name: 'token',
    summary: 'print a fresh random token for ADMIN_TOKEN',
    load: async () => (await import('./token.ts')).registerToken,
  },
];
