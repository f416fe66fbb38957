import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../domain/errors.ts';
import { isJsonObject } from '../domain/json.ts';
import { parseWhen } from '../domain/parse-when.ts';
import { sandboxWorld } from '../sandbox/world.ts';
import { signWebhook, WEBHOOK_JWT_HEADER } from '../sandbox/zoho/sign-webhook.ts';
import { type CliIo, writeJson } from './io.ts';
import { readConfig } from './read-config.ts';
import { type Answer, explainAnswer } from './send/explain-answer.ts';
import { findOddStatus, type Stamp, toEvent, toEvents } from './send/make-events.ts';
import type { SendOptions } from './send/send-options.ts';
import { type Target, toTarget } from './send/target.ts';
import { toServerUrl } from './server-url.ts';
import { createStyle } from './style.ts';

const TIMEOUT_MS = 10_000;
const TIME_TIMEOUT_MS = 2_000;

export function registerSend(program: Command, io: CliIo): void {
  program
    .command('send')
    .description('Makes an event, signs it as the sandbox’s Zoho Desk does, and sends it to a running server.')
    .argument('[file]', 'JSON file with one event or an array of events, "-" for standard input')
    .option('--status <status>', 'a change of status: CREATED, OPEN, ON_PROGRESS, ON_HOLD, ENDED, BLOCKED …')
    .option('--message <direction>', 'a message instead: IN from the customer, OUT from the agent')
    .option('--session <id>', 'the chat: any id')
    .option('--old <status>', 'the status before; none by default')
    .option('--assignee <id>', 'who has the chat: an id, or an agent’s name of the sandbox; nobody by default')
    .option('--assignee-type <type>', 'AGENT or BOT (default: AGENT)')
    .option('--channel <id>', 'an id, or a channel’s name of the sandbox (default: its first)')
    .option('--reply-status <status>', 'default: ACCEPTED')
    .option('--count <number>', 'how many messages the chat has (default: 1)')
    .option('--text <text>', 'what the message says')
    .option('--message-type <type>', 'default: TEXT')
    .option('--id <id>', 'the message’s id, by which a repetition is known; a new one by default')
    .option('--time <when>', 'the event’s time: ISO 8601, epoch milliseconds, or -15m before now (default: now)')
    .option('--url <address>', 'the server (default: the one of this environment, http://127.0.0.1:8787)')
    .option('--org <id>', 'the portal (default: ZOHO_ORG_ID, or the sandbox’s)')
    .option('--webhook-id <id>', 'the webhook (default: ZOHO_WEBHOOK_ID, or the sandbox’s)')
    .option('--secret <text>', 'the secret part of the address (default: WEBHOOK_SECRET)')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  vigia send --session s1 --status ON_HOLD --old OPEN --assignee "Bruno Carvalho"\n' +
        '  vigia send --session s1 --message IN --text "Is anybody there?"\n' +
        '  vigia send events.json',
    )
    .action((file: string | undefined, options: SendOptions) => send(file, options, io));
}

async function send(file: string | undefined, options: SendOptions, io: CliIo): Promise<void> {
  checkChoice(file, options);
  const config = readConfig(io, { warn: false });
  const target = toTarget(options.url ?? (await toServerUrl(config)), options.secret ?? config.webhook.secret);
  const orgId = options.org ?? config.zoho.orgId ?? sandboxWorld.orgId;
  const webhookId = options.webhookId ?? config.zoho.webhookId ?? sandboxWorld.webhookId;

  const now = (await askTime(target)) ?? Date.now();
  const stamp: Stamp = { orgId, at: options.time === undefined ? now : getWhen(options.time, now) };
  const events = file === undefined ? [toEvent(options, stamp)] : await readEvents(file, stamp, io);
  const oddity = findOddStatus(options);
  if (oddity !== undefined) io.stderr.write(`${createStyle(io, io.stderr)('yellow', 'note:')} ${oddity}\n`);

  const startedAt = performance.now();
  const answer = await post(target, await signWebhook({ orgId, webhookId, now }), JSON.stringify(events));
  report(io, options, target, events, answer, Math.round(performance.now() - startedAt));
}

/** Exactly one kind of thing to send. */
function checkChoice(file: string | undefined, { status, message, session }: SendOptions): void {
  const kinds = [file, status, message].filter((kind) => kind !== undefined).length;
  if (kinds === 1 && (file === undefined || session === undefined)) return;
  throw new AppError('bad_request', kinds === 0 ? 'there is nothing to send' : 'that is more than one thing to send', {
    remedy: 'Give --status or --message (with --session), or a file of events by itself. See: vigia send --help',
  });
}

/**
 * The server's own time: a sandbox may run it faster, and a token from another time is refused. Undefined when it does not
 * tell; the request itself will then show why.
 */
async function askTime({ healthUrl }: Target): Promise<number | undefined> {
  try {
    const response = await fetch(healthUrl, { redirect: 'manual', signal: AbortSignal.timeout(TIME_TIMEOUT_MS) });
    const body: unknown = await response.json();
    const time = isJsonObject(body) && typeof body['time'] === 'string' ? Date.parse(body['time']) : Number.NaN;
    return Number.isNaN(time) ? undefined : time;
  } catch {
    return undefined;
  }
}

function getWhen(text: string, now: number): number {
  const at = parseWhen(text, now);
  if (at !== undefined) return at;
  throw new AppError('bad_request', `--time ${text} is not a time`, {
    remedy: 'Give 2026-03-02T10:00:00-03:00 (with its offset), epoch milliseconds, or -15m for 15 minutes ago.',
  });
}

async function readEvents(file: string, stamp: Stamp, io: CliIo): Promise<unknown[]> {
  return toEvents(await readText(file, io), file === '-' ? 'standard input' : file, stamp);
}

async function readText(file: string, io: CliIo): Promise<string> {
  if (file === '-') {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of io.stdin)
      text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  }
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw new AppError('not_found', `${file} cannot be read (${(error as NodeJS.ErrnoException).code})`, {
      remedy: 'Check the path; "-" reads standard input.',
      cause: error,
    });
  }
}

async function post({ webhookUrl, shown }: Target, token: string, body: string): Promise<Answer> {
  const headers = { 'content-type': 'application/json', [WEBHOOK_JWT_HEADER]: token };
  let response: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(webhookUrl, { method: 'POST', headers, body, redirect: 'manual', signal });
  } catch (error) {
    throw new AppError('unavailable', `nothing answered at ${shown}`, {
      remedy: 'Start a server ("npm run demo", or "vigia serve"), or give its address with --url.',
      cause: error,
    });
  }
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: undefined };
  }
}

function report(
  io: CliIo,
  { json }: SendOptions,
  { shown }: Target,
  events: unknown[],
  answer: Answer,
  elapsedMs: number,
): void {
  const { ok, message, remedy } = explainAnswer(answer);
  if (!ok) io.exitCode = 1;
  if (json) {
    const said = { message, ...(remedy === undefined ? {} : { remedy }) };
    writeJson(io, { ok, url: shown, events, status: answer.status, answer: answer.body ?? null, ...said });
    return;
  }
  const style = createStyle(io, io.stdout);
  io.stdout.write(`POST ${shown}\n${style('dim', events.map((event) => JSON.stringify(event)).join('\n'))}\n`);
  io.stdout.write(`${style(ok ? 'green' : 'red', ok ? 'ok' : 'refused')} ${message} (${elapsedMs} ms)\n`);
  if (remedy !== undefined) io.stdout.write(`${remedy.replace(/^/gm, '  ')}\n`);
}
