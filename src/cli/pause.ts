import type { Command } from 'commander';
import * as z from 'zod';
import { AppError } from '../domain/errors.ts';
import type { JsonObject } from '../domain/json.ts';
import { createApiClient } from './call-api.ts';
import { type CliIo, writeJson } from './io.ts';
import { given, idPath, listAll, URL_OPTION } from './mutes/mute-options.ts';
import { createStyle } from './style.ts';

interface PauseOptions {
  for?: string;
  until?: string;
  wait?: boolean;
  drop?: boolean;
  all?: boolean;
  reason?: string;
  owner?: string;
  by?: string;
  url?: string;
  json?: boolean;
}

const pauseSchema = z.object({
  id: z.string(),
  state: z.string(),
  scope: z.object({ kind: z.string(), id: z.string().optional() }),
  actions: z.enum(['wait', 'drop']),
  owner: z.string(),
  reason: z.string(),
  startsAt: z.string(),
  endsAt: z.string().nullable(),
  heldBack: z.number(),
  waiting: z.number(),
});

export function registerPause(program: Command, io: CliIo): void {
  program
    .command('pause')
    .description('Stops actions from now on, those that are queued too. Rules go on deciding and holds counting.')
    .argument('<what>', 'everything, rule, destination, channel; or list')
    .argument('[id]', 'which rule, destination (slack, zoho-desk, http, board, record) or channel')
    .option('--wait', 'what is stopped waits, and goes on in its order at the end')
    .option('--drop', 'what is stopped is given up')
    .option('--for <duration>', 'how long, such as 30m (default: until it is lifted)')
    .option('--until <instant>', 'or until when')
    .option('--reason <text>', 'why')
    .option('--owner <name>', 'who answers for it')
    .option('--by <name>', 'who does it, for the audit')
    .option('--all', 'with list: those that are over too')
    .option(...URL_OPTION)
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  vigia pause everything --for 30m --wait --reason "Zoho is being moved" --owner Ana\n' +
        '  vigia pause rule on-hold-too-long --drop --reason "wrong text" --owner Ana\n' +
        '  vigia pause list\n' +
        '  vigia resume pau-7k3mp',
    )
    .action((what: string, id: string | undefined, options: PauseOptions) =>
      what === 'list' ? list(options, io) : pause(what, id, options, io),
    );
}

export function registerResume(program: Command, io: CliIo): void {
  program
    .command('resume')
    .description('Lifts a pause: what waits goes on, in its order.')
    .argument('<id>', 'the pause')
    .option('--by <name>', 'who does it, for the audit')
    .option(...URL_OPTION)
    .option('--json', 'print the result as JSON')
    .action(async (id: string, { by, url, json }: PauseOptions) => {
      const api = await createApiClient(io, url);
      show(await api.post(`/pauses/${idPath(id)}/lift`, given({ by })), json, io);
    });
}

async function pause(what: string, id: string | undefined, options: PauseOptions, io: CliIo): Promise<void> {
  const { wait, drop, reason, owner, by, url, json } = options;
  if ((wait === true) === (drop === true)) {
    throw new AppError('bad_request', 'what is to become of the actions that are stopped?', {
      remedy: 'Give --wait (they go on at the end) or --drop (they are given up).',
    });
  }
  if (reason === undefined || owner === undefined) {
    throw new AppError('bad_request', 'a pause needs a reason and an owner', { remedy: 'Give --reason and --owner.' });
  }
  const api = await createApiClient(io, url);
  const { for: lasting, until } = options;
  const fields = given({ reason, owner, by, for: lasting, until, actions: wait === true ? 'wait' : 'drop' });
  show(await api.post('/pauses', { ...fields, scope: toScope(what, id) }), json, io);
}

function toScope(what: string, id: string | undefined): JsonObject {
  const fault = (message: string) =>
    new AppError('bad_request', message, {
      remedy: 'Pause everything; or rule, destination or channel with its id. See: vigia pause --help',
    });
  if (what === 'everything' && id === undefined) return { kind: 'everything' };
  if (what === 'everything') throw fault('"everything" takes no id');
  if (what !== 'rule' && what !== 'destination' && what !== 'channel') throw fault(`"${what}" cannot be paused`);
  if (id === undefined) throw fault(`which ${what}?`);
  return { kind: what, id };
}

async function list({ all, url, json }: PauseOptions, io: CliIo): Promise<void> {
  const api = await createApiClient(io, url);
  const pauses = await listAll(api, '/pauses', all === true ? 'all' : 'open');
  if (json === true) return writeJson(io, { pauses });
  if (pauses.length === 0) io.stdout.write('There is none.\n');
  for (const one of pauses) show(one, false, io);
}

function show(answer: unknown, json: boolean | undefined, io: CliIo): void {
  if (json === true) {
    writeJson(io, answer);
    return;
  }
  const { id, state, scope, actions, owner, reason, startsAt, endsAt, heldBack, waiting } = pauseSchema.parse(answer);
  const style = createStyle(io, io.stdout);
  const what = scope.id === undefined ? scope.kind : `${scope.kind} ${scope.id}`;
  const fate = actions === 'wait' ? 'actions wait' : 'actions are dropped';
  io.stdout.write(`${style('bold', id)} ${state}: ${what}, ${fate}\n`);
  io.stdout.write(`  ${startsAt} ${endsAt === null ? 'until it is lifted' : `to ${endsAt}`}, of ${owner}: ${reason}\n`);
  io.stdout.write(`  stopped so far: ${heldBack}; waiting: ${waiting}\n`);
}
