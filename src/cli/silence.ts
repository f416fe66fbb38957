import type { Command } from 'commander';
import * as z from 'zod';
import { createApiClient } from './call-api.ts';
import { type CliIo, writeJson } from './io.ts';
import { given, idPath, listAll, parseRecurrence, URL_OPTION } from './mutes/mute-options.ts';
import { createStyle } from './style.ts';

interface AddOptions {
  rule?: string;
  channel?: string;
  session?: string;
  agent?: string;
  everything?: boolean;
  start?: string;
  for?: string;
  until?: string;
  recur?: string;
  reason: string;
  owner: string;
  by?: string;
  dryRun?: boolean;
  url?: string;
  json?: boolean;
}

interface CommonOptions {
  by?: string;
  url?: string;
  json?: boolean;
}

const silenceSchema = z.object({
  id: z.string(),
  state: z.string(),
  matcher: z.record(z.string(), z.union([z.string(), z.array(z.string())])),
  owner: z.string(),
  reason: z.string(),
  startsAt: z.string(),
  endsAt: z.string(),
  quietUntil: z.string().nullable(),
  recurrence: z.object({ zone: z.string(), days: z.array(z.string()), from: z.string(), to: z.string() }).nullable(),
  heldBack: z.number(),
  waiting: z.number(),
});
type Silence = z.infer<typeof silenceSchema>;

const listed = z.object({ data: z.array(z.looseObject({ ruleId: z.string(), sessionId: z.string().nullable() })) });
const previewSchema = z.object({
  holds: listed.extend({ more: z.boolean() }),
  cards: listed.extend({ more: z.boolean() }),
  firings: z.object({
    lastDay: z.number(),
    lastWeek: z.number(),
    byRule: z.array(z.object({ ruleId: z.string(), lastDay: z.number(), lastWeek: z.number() })),
  }),
});

export function registerSilence(program: Command, io: CliIo): void {
  const command = program
    .command('silence')
    .description('Keeps Slack quiet about something for a while. What fits is decided and recorded as always.');
  command
    .command('add')
    .description('Makes a silence: cards that fit wait for its end, messages are not sent at all.')
    .option('--rule <id>', 'what this rule says')
    .option('--channel <id or name>', 'what is about chats of this channel')
    .option('--session <id>', 'what is about this chat')
    .option('--agent <id or name>', 'what is about chats of this agent')
    .option('--everything', 'all of it')
    .option('--for <duration>', 'how long, such as 2h')
    .option('--until <instant>', 'or until when, such as 2027-03-02T18:00:00-03:00')
    .option('--start <instant>', 'from when on (default: now)')
    .option('--recur <stretches>', 'only at times: "mon-fri 22:00-06:00 America/Sao_Paulo"')
    .requiredOption('--reason <text>', 'why')
    .requiredOption('--owner <name>', 'who answers for it')
    .option('--by <name>', 'who does it, for the audit')
    .option('--dry-run', 'tell what it would hold back, and make nothing')
    .option(...URL_OPTION)
    .option('--json', 'print the result as JSON')
    .action((options: AddOptions) => add(options, io));
  command
    .command('list')
    .description('Silences in force or to come, the newest first.')
    .option('--all', 'those that are over too')
    .option(...URL_OPTION)
    .option('--json', 'print the result as JSON')
    .action((options: CommonOptions & { all?: boolean }) => list(options, io));
  command
    .command('lift')
    .description('Ends a silence now: cards that wait are posted if their episode still lasts.')
    .argument('<id>', 'the silence')
    .option('--by <name>', 'who does it, for the audit')
    .option(...URL_OPTION)
    .option('--json', 'print the result as JSON')
    .action((id: string, options: CommonOptions) => change(`/silences/${idPath(id)}/lift`, {}, options, io));
  command
    .command('extend')
    .description('Puts the end of a silence off.')
    .argument('<id>', 'the silence')
    .requiredOption('--for <duration>', 'by how much, such as 1h')
    .option('--by <name>', 'who does it, for the audit')
    .option(...URL_OPTION)
    .option('--json', 'print the result as JSON')
    .action((id: string, options: CommonOptions & { for: string }) =>
      change(`/silences/${idPath(id)}/extend`, { for: options.for }, options, io),
    );
}

async function add(options: AddOptions, io: CliIo): Promise<void> {
  const { recur, dryRun, url, json, ...fields } = options;
  const recurrence = recur === undefined ? undefined : parseRecurrence(recur);
  const api = await createApiClient(io, url);
  const body = given({ ...fields, recurrence });
  if (dryRun === true) {
    const answer = await api.post('/silences/preview', body);
    if (json === true) writeJson(io, answer);
    else printPreview(previewSchema.parse(answer), io);
    return;
  }
  const answer = await api.post('/silences', body);
  if (json === true) writeJson(io, answer);
  else print(silenceSchema.parse(answer), io);
}

async function list({ all, url, json }: CommonOptions & { all?: boolean }, io: CliIo): Promise<void> {
  const api = await createApiClient(io, url);
  const silences = await listAll(api, '/silences', all === true ? 'all' : 'open');
  if (json === true) return writeJson(io, { silences });
  if (silences.length === 0) io.stdout.write('There is none.\n');
  for (const silence of z.array(silenceSchema).parse(silences)) print(silence, io);
}

async function change(
  path: string,
  body: { for?: string },
  { by, url, json }: CommonOptions,
  io: CliIo,
): Promise<void> {
  const api = await createApiClient(io, url);
  const answer = await api.post(path, given({ ...body, by }));
  if (json === true) writeJson(io, answer);
  else print(silenceSchema.parse(answer), io);
}

function print(silence: Silence, io: CliIo): void {
  const style = createStyle(io, io.stdout);
  const { id, state, owner, reason, startsAt, endsAt, recurrence, heldBack, waiting } = silence;
  io.stdout.write(`${style('bold', id)} ${state}: ${describe(silence)}\n`);
  io.stdout.write(`  ${startsAt} to ${endsAt}, of ${owner}: ${reason}\n`);
  if (recurrence !== null) {
    const { days, from, to, zone } = recurrence;
    io.stdout.write(`  only ${days.join(', ')} ${from}-${to} ${zone}\n`);
  }
  io.stdout.write(`  held back so far: ${heldBack}; cards that wait: ${waiting}\n`);
}

function describe({ matcher }: Silence): string {
  const { ruleId, channelId, sessionId, agentId } = matcher;
  const named = Object.entries({ rule: ruleId, channel: channelId, chat: sessionId, agent: agentId });
  const parts = named.flatMap(([name, id]) => (typeof id === 'string' ? [`${name} ${id}`] : []));
  return parts.length === 0 ? 'everything' : parts.join(', ');
}

function printPreview({ holds, cards, firings }: z.infer<typeof previewSchema>, io: CliIo): void {
  const style = createStyle(io, io.stdout);
  const count = ({ data, more }: { data: unknown[]; more: boolean }) => `${data.length}${more ? ' or more' : ''}`;
  io.stdout.write(`${style('bold', 'would hold back')} (nothing was made)\n`);
  io.stdout.write(`  running holds that fall due while it lasts: ${count(holds)}\n`);
  io.stdout.write(`  open cards that fit, which stay as they are: ${count(cards)}\n`);
  io.stdout.write(`  of the last day: ${firings.lastDay} firings; of the last week: ${firings.lastWeek}\n`);
  for (const { ruleId, lastDay, lastWeek } of firings.byRule) {
    io.stdout.write(`    ${ruleId}: ${lastDay} and ${lastWeek}\n`);
  }
}
