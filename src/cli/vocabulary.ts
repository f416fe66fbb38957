import type { Command } from 'commander';
import * as z from 'zod';
import { suggestion } from '../domain/did-you-mean.ts';
import { AppError } from '../domain/errors.ts';
import { shellWord } from '../domain/shell-text.ts';
import { createApiClient } from './call-api.ts';
import { type CliIo, writeJson } from './io.ts';
import { createStyle } from './style.ts';

interface ListOptions {
  state: string;
  field?: string;
  url?: string;
  json?: boolean;
}

interface AcceptOptions {
  field?: string;
  by?: string;
  url?: string;
  json?: boolean;
}

const STATES = ['new', 'accepted', 'all'];
/** Entries of one page of the API; a portal has some thousands at the most. */
const PAGE = 200;

const entrySchema = z.object({
  field: z.string(),
  value: z.string(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  seen: z.number(),
  rules: z.array(z.object({ id: z.string(), onUnknown: z.string() })),
  acceptedAt: z.string().nullable(),
  acceptedBy: z.string().nullable(),
});
type Entry = z.infer<typeof entrySchema>;
const pageSchema = z.object({ data: z.array(z.looseObject(entrySchema.shape)), nextCursor: z.string().nullable() });

export function registerVocabulary(program: Command, io: CliIo): void {
  const command = program
    .command('vocabulary')
    .description(
      'Statuses, types and fields that Zoho Desk sent and that nobody knew: what has come, and accepting it as known.',
    );
  command
    .command('list')
    .description('What a running server has met, the newest first.')
    .option('--state <state>', 'new, accepted or all', 'new')
    .option('--field <name>', 'of one vocabulary only, such as session.status')
    .option('--url <address>', 'the server (default: the one of this environment, http://127.0.0.1:8787)')
    .option('--json', 'print the result as JSON')
    .action((options: ListOptions) => list(options, io));
  command
    .command('accept')
    .description('Makes a value known: from then on rules judge it as it stands, whatever their onUnknown.')
    .argument('<value>', 'the value, as it came')
    .option('--field <name>', 'where more than one field has met it, or no event has brought it yet')
    .option('--by <name>', 'who does it, for the audit')
    .option('--url <address>', 'the server (default: the one of this environment, http://127.0.0.1:8787)')
    .option('--json', 'print the result as JSON')
    .action((value: string, options: AcceptOptions) => accept(value, options, io));
}

async function list({ state, field, url, json }: ListOptions, io: CliIo): Promise<void> {
  if (!STATES.includes(state)) {
    throw new AppError('bad_request', `--state ${state} is none`, { remedy: suggestion(state, STATES) });
  }
  const api = await createApiClient(io, url);
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (state !== 'all') query.set('state', state);
    if (field !== undefined) query.set('field', field);
    if (cursor !== null) query.set('cursor', cursor);
    const page: z.infer<typeof pageSchema> = pageSchema.parse(await api.get(`/vocabulary?${query}`));
    entries.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  if (json) writeJson(io, { entries });
  else print(entries, state, io);
}

function print(entries: readonly Entry[], state: string, io: CliIo): void {
  const style = createStyle(io, io.stdout);
  if (entries.length === 0) {
    io.stdout.write(state === 'new' ? 'Nothing new: all that has come is known.\n' : 'There is none.\n');
    return;
  }
  for (const { field, value, seen, firstSeenAt, lastSeenAt, rules, acceptedAt, acceptedBy } of entries) {
    const often = seen === 1 ? `once, at ${firstSeenAt}` : `${seen} times, ${firstSeenAt} to ${lastSeenAt}`;
    const readers = rules.map(({ id, onUnknown }) => `${id} (${onUnknown})`).join(', ');
    io.stdout.write(`${style('bold', field)} ${value}\n  ${often}\n`);
    io.stdout.write(`  ${readers === '' ? 'no rule reads it' : `read by ${readers}`}\n`);
    if (acceptedAt === null) io.stdout.write(`  ${style('dim', `vigia vocabulary accept ${shellWord(value)}`)}\n`);
    else io.stdout.write(`  accepted at ${acceptedAt} by ${acceptedBy}\n`);
  }
}

async function accept(value: string, { field, by, url, json }: AcceptOptions, io: CliIo): Promise<void> {
  const api = await createApiClient(io, url);
  const body = { value, ...(field === undefined ? {} : { field }), ...(by === undefined ? {} : { by }) };
  const entry = await api.post('/vocabulary/accept', body);
  if (json) return writeJson(io, entry);
  const accepted = entrySchema.parse(entry);
  const style = createStyle(io, io.stdout);
  io.stdout.write(`${style('green', 'ok')} ${accepted.value} is a known value of ${accepted.field} now\n`);
}
