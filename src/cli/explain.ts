import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Config } from '../config.ts';
import { systemClock } from '../domain/clock.ts';
import { RULE_LANGUAGES } from '../engine/describe/describe-rule.ts';
import { EXPLAIN_WORDS, type ToldLine } from '../engine/explain/tell/tell-explanation.ts';
import { type ExplanationAnswer, explanationSchema, type Telling, toExplanationAnswer } from '../http/api/explain.ts';
import { explainRule } from '../services/explain/explain-rule.ts';
import { parseMoment } from '../services/explain/parse-moment.ts';
import { createApiClient } from './call-api.ts';
import { type CliIo, writeJson } from './io.ts';
import { URL_OPTION } from './mutes/mute-options.ts';
import { openStored, type Stored } from './open-stored.ts';
import { toZone } from './options/time-options.ts';
import { readConfig } from './read-config.ts';
import { type Colour, createStyle } from './style.ts';

export interface ExplainOptions extends Telling {
  rule: string;
  session: string;
  at?: string;
  decision?: number;
  url?: string;
  json?: boolean;
}

export function registerExplain(program: Command, io: CliIo): void {
  program
    .command('explain')
    .description(
      'Tells why a rule did or did not fire for a chat: each condition with the value that it met, what the rule has to\n' +
        'pass with its numbers, and the smallest change that would turn the verdict. The chat is judged again from what is\n' +
        'stored, up to the moment that is asked for.',
    )
    .requiredOption('--rule <id>', 'the rule')
    .requiredOption('--session <id>', 'the chat')
    .option(
      '--at <time>',
      'the moment: with its offset, a local time in --zone, or -10m; the last look at the rule until then is explained (default: now)',
    )
    .option('--decision <id>', 'of several decisions at that moment, this one', toDecisionId)
    .addOption(new Option('--lang <tag>', 'language').choices(Object.keys(RULE_LANGUAGES)).default('en'))
    .option('--zone <name>', 'time zone in which times are shown, such as America/Sao_Paulo', toZone, 'UTC')
    .option(...URL_OPTION)
    .option('--json', 'print the result as JSON')
    .action((options: ExplainOptions) => runExplain(options, io));
}

function toDecisionId(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give the number of a decision, as GET /api/v1/decisions lists them.');
}

/** @throws AppError for a rule, a chat or a moment that nobody knows, or where there is no database */
export async function runExplain(options: ExplainOptions, io: CliIo): Promise<void> {
  const answer = await explain(options, io);
  if (options.json === true) writeJson(io, answer);
  else print(answer.told, options.lang, io);
}

/** By the server of --url, or that which has the embedded database open; else from the database itself. */
async function explain(options: ExplainOptions, io: CliIo): Promise<ExplanationAnswer> {
  if (options.url !== undefined) return askServer(options, io, options.url);
  const config = readConfig(io, { warn: false });
  const stored = await openStored(config, '');
  return stored.kind === 'server' ? askServer(options, io, stored.url) : readDatabase(options, config, stored);
}

async function askServer(options: ExplainOptions, io: CliIo, url: string): Promise<ExplanationAnswer> {
  const { rule, session, at, decision, lang, zone } = options;
  const api = await createApiClient(io, url);
  const asked = { rule, session, lang, zone, ...(at === undefined ? {} : { at }) };
  const query = new URLSearchParams({ ...asked, ...(decision === undefined ? {} : { decision: String(decision) }) });
  return explanationSchema.parse(await api.get(`/explain?${query}`));
}

async function readDatabase(
  options: ExplainOptions,
  { maxReassignmentsPerHour: maxReassignments }: Config,
  { database, orgId }: Extract<Stored, { kind: 'database' }>,
): Promise<ExplanationAnswer> {
  const { rule: ruleId, session: sessionId, at, decision, zone } = options;
  try {
    const now = systemClock.now();
    const moment = at === undefined ? now : parseMoment(at, { now, zone });
    const deps = { db: database.db, clock: systemClock, maxReassignments };
    const request = { ruleId, sessionId, at: moment, decisionId: decision };
    return toExplanationAnswer(await explainRule(deps, orgId, request), options);
  } finally {
    await database.close();
  }
}

const MARKS: Readonly<Record<NonNullable<ToldLine['mark']>, { sign: string; colour: Colour }>> = {
  held: { sign: '✓', colour: 'green' },
  failed: { sign: '✗', colour: 'red' },
  unknown: { sign: '?', colour: 'yellow' },
  unjudged: { sign: '·', colour: 'dim' },
};

function print(told: ExplanationAnswer['told'], lang: Telling['lang'], io: CliIo): void {
  const style = createStyle(io, io.stdout);
  for (const { kind, depth, mark, text, detail } of told) {
    const sign = mark === undefined ? '' : `${style(MARKS[mark].colour, MARKS[mark].sign)} `;
    const shown = kind === 'title' || kind === 'heading' || kind === 'verdict' ? style('bold', text) : text;
    const more = detail === undefined ? '' : `  ${style('dim', `(${detail})`)}`;
    const gap = kind === 'heading' || kind === 'verdict' ? '\n' : '';
    io.stdout.write(`${gap}${'  '.repeat(depth)}${sign}${shown}${more}\n`);
  }
  const { held, failed, unknown, unjudged } = EXPLAIN_WORDS[lang].marks;
  io.stdout.write(`\n${style('dim', `✓ ${held}  ✗ ${failed}  ? ${unknown}  · ${unjudged}`)}\n`);
}
