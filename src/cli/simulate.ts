import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { AppError } from '../domain/errors.ts';
import { RULE_LANGUAGES } from '../engine/describe/describe-rule.ts';
import type { Language } from '../engine/describe/language.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import { runDay } from '../trial/day/run-day.ts';
import { DEFAULT_START } from '../trial/run-test.ts';
import { simulate } from '../trial/simulation/simulate.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { loadRules } from './load-rules.ts';
import { toZone } from './options/time-options.ts';
import { createProgress } from './progress.ts';
import { readEventLines } from './read-event-lines.ts';
import { openReport, type ReportFile } from './report-file.ts';
import { renderDay } from './reporters/simulation/day-page.ts';
import { formatDay } from './reporters/simulation/day-text.ts';
import { en } from './reporters/simulation/en.ts';
import { createFormatTime } from './reporters/simulation/format-time.ts';
import { ptBr } from './reporters/simulation/pt-br.ts';
import { renderSimulation } from './reporters/simulation/simulation-page.ts';
import { formatSimulation } from './reporters/simulation/simulation-text.ts';
import { createStyle } from './style.ts';

export interface SimulateOptions {
  rules?: string;
  file?: string;
  html?: string;
  lang: Language['tag'];
  zone: string;
  /** Epoch ms. */
  start: number;
  quick?: boolean;
  json?: boolean;
}

export function registerSimulate(program: Command, io: CliIo): void {
  program
    .command('simulate')
    .description(
      'Tries the rules with every status and every change of it, every reply status and kind of assignee, and with events\n' +
        'that come twice, late and out of order; or, with --file, with the events of a day. Nobody is told, nothing is changed.\n' +
        'Exits with 0 when all that must hold does, with 2 when it does not.',
    )
    .option('--rules <dir>', 'folder with the rules (default: RULES_DIR, or ./rules)')
    .option('--file <events.jsonl>', 'events to run through the rules instead, one per line')
    .option('--quick', 'of reply statuses that no rule tells apart, try one')
    .option('--html <file>', 'write the result as a page, too')
    .addOption(new Option('--lang <tag>', 'language of the page').choices(Object.keys(RULE_LANGUAGES)).default('en'))
    .option('--zone <name>', 'time zone in which times are shown, such as America/Sao_Paulo', toZone, 'UTC')
    .addOption(
      new Option('--start <time>', 'when the simulated chats begin, and what "at" of events counts from')
        .argParser(toStart)
        .default(Date.parse(DEFAULT_START), DEFAULT_START),
    )
    .option('--json', 'print the result as JSON')
    .action(async (options: SimulateOptions) => {
      io.exitCode = await runSimulate(options, io);
    });
}

function toStart(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError(`Give a time with its offset, such as ${DEFAULT_START}.`);
  return at;
}

/**
 * @returns 2 when something that must hold does not, or when the rules cannot be loaded
 * @throws AppError not_found when there is no such folder or file, or nothing in it
 */
export async function runSimulate(options: SimulateOptions, io: CliIo): Promise<ExitCode> {
  const page = options.html === undefined ? undefined : await openReport(options.html, 'page', io);
  const loaded = await loadRules(options, 'nothing was simulated', io);
  if (loaded === undefined) return 2;
  return options.file === undefined
    ? simulateAll(loaded.ruleset, options, page, io)
    : simulateDay(loaded.ruleset, options.file, options, page, io);
}

async function simulateAll(
  ruleset: Ruleset,
  options: SimulateOptions,
  page: ReportFile | undefined,
  io: CliIo,
): Promise<ExitCode> {
  const { start, quick = false, lang, zone, json } = options;
  const startedAt = performance.now();
  const progress = createProgress(io, 'chats');
  const report = await simulate(ruleset, { start, quick, onProgress: progress.at });
  progress.end();
  const tookMs = Math.round(performance.now() - startedAt);
  const ok = report.invariants.every(({ violations }) => violations.length === 0);
  if (page !== undefined) {
    await page.write(await renderSimulation(report, ruleset, wordsOf(lang), createFormatTime(zone, lang)));
  }
  if (json === true) writeJson(io, { ok, tookMs, ...report });
  else io.stdout.write(formatSimulation(report, tookMs, createStyle(io, io.stdout)));
  return ok ? 0 : 2;
}

async function simulateDay(
  ruleset: Ruleset,
  file: string,
  options: SimulateOptions,
  page: ReportFile | undefined,
  io: CliIo,
): Promise<ExitCode> {
  const { start, lang, zone, json } = options;
  const progress = createProgress(io, 'events');
  const result = await runDay(ruleset, readEventLines(resolve(io.cwd, file)), { start, onProgress: progress.at });
  progress.end();
  if (!result.ok) {
    const [first] = result.faults;
    const where = first === undefined ? '' : `: line ${first.line}: ${first.reason}`;
    if (result.reason === 'tooMany') {
      throw new AppError('bad_request', `${file} has more than ${result.maxEvents} events`, {
        remedy: 'Split it, by days for example.',
      });
    }
    const message = result.reason === 'empty' ? `${file} is empty` : `no event could be read from ${file}${where}`;
    throw new AppError('bad_request', message, {
      remedy: 'One event per line (JSON Lines). A JSON document that spans lines becomes one line with: jq -c . <file>',
    });
  }
  const { report } = result;
  for (const { line, reason } of report.faults) io.stderr.write(`${file}:${line}: left out: ${reason}\n`);
  const more = report.skipped - report.faults.length;
  if (more > 0) io.stderr.write(`${file}: ${more} more were left out\n`);
  const ok = report.invariants.every(({ violations }) => violations.length === 0);
  const formatTime = createFormatTime(zone, lang);
  if (page !== undefined) await page.write(await renderDay(report, ruleset, wordsOf(lang), formatTime));
  if (json === true) writeJson(io, { ok, ...report });
  else io.stdout.write(formatDay(report, createFormatTime(zone, 'en'), createStyle(io, io.stdout)));
  return ok ? 0 : 2;
}

function wordsOf(lang: Language['tag']) {
  return lang === 'en' ? en : ptBr;
}
