import { resolve } from 'node:path';
import type { Config } from '../../config.ts';
import { AppError } from '../../domain/errors.ts';
import { toLocalTime } from '../../engine/calendars/local-time.ts';
import { compileRuleset } from '../../engine/compile.ts';
import { exportHistory } from '../../services/export/export-history.ts';
import { AFTER_END_MS } from '../../trial/backtest/read-lines.ts';
import type { BacktestReport } from '../../trial/backtest/report.ts';
import { measurePatience } from '../../trial/simulation/patience.ts';
import { readPieces, toPieces } from '../history/read-pieces.ts';
import { openServedHistory } from '../history/served-history.ts';
import type { CliIo } from '../io.ts';
import { loadRules } from '../load-rules.ts';
import { openStored } from '../open-stored.ts';
import { createProgress } from '../progress.ts';
import { readConfig } from '../read-config.ts';
import { type BacktestInput, type LoadedRules, runBacktest } from './run-backtest.ts';

/** What backtest and replay have in common: whose events, which stretch of time, which rules. */
export interface HistoryOptions {
  rules?: string;
  against?: string;
  /** A file of recorded events, or `-`; absent: what is stored. */
  events?: string;
  /** Of a server that is to be asked; absent: the database, or the server that has it open. */
  url?: string;
  /** Epoch ms. */
  since?: number;
  until?: number;
  warmUpMs?: number;
  zone: string;
  /** Whether what is wrong with the rules is told as JSON. */
  json: boolean;
  maxExamples: number;
}

/** Of the database, when no `--since` is given. */
export const DEFAULT_SINCE_MS = 30 * 86_400_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * @returns undefined when rules have errors, which are told
 * @throws AppError for whatever else keeps it from running
 */
export async function judgeHistory(options: HistoryOptions, io: CliIo): Promise<BacktestReport | undefined> {
  const config = readConfig(io, { warn: false });
  const after = await loadCompiled(options.rules ?? config.rulesDir, options, io);
  if (after === undefined) return undefined;
  const before = options.against === undefined ? undefined : await loadCompiled(options.against, options, io);
  if (options.against !== undefined && before === undefined) return undefined;
  const input = {
    after,
    ...(before === undefined ? {} : { before }),
    zone: options.zone,
    hourOf: createHourOf(options.zone),
    cardBudget: config.slack.cardBudget,
    maxExamples: options.maxExamples,
  };
  return options.events === undefined
    ? judgeStored(config, input, options, io)
    : judgeFile(options.events, input, options, io);
}

type Judging = Omit<BacktestInput, 'pieces' | 'channels' | 'range' | 'onProgress'>;

/** What a server or a database has stored, in the form in which a history is exported: there is one way to read it. */
async function judgeStored(config: Config, input: Judging, options: HistoryOptions, io: CliIo) {
  const now = Date.now();
  const range = rangeOf(options, input, now - DEFAULT_SINCE_MS);
  const stored =
    options.url === undefined
      ? await openStored(config, ', or give a file of events with --events')
      : { kind: 'server' as const, url: options.url };
  if (stored.kind === 'server') {
    const stretch = { since: range.from, until: range.until + AFTER_END_MS };
    return judge({ ...input, pieces: await openServedHistory(stored.url, stretch, io), range }, io);
  }
  const { database, orgId } = stored;
  try {
    const stretch = { since: range.from, until: Math.min(now, range.until + AFTER_END_MS) };
    const decisions = input.before === undefined;
    const pieces = toPieces(encode(exportHistory(database.db, orgId, stretch, now, { decisions })));
    return await judge({ ...input, pieces, range: { ...range, until: Math.min(range.until, now) } }, io);
  } finally {
    await database.close();
  }
}

async function* encode(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

/** All of the file, where no times are given: then its last line is the present. */
async function judgeFile(file: string, input: Judging, options: HistoryOptions, io: CliIo) {
  const range = rangeOf(options, input, Number.NEGATIVE_INFINITY);
  const pieces = readPieces(file === '-' ? file : resolve(io.cwd, file), io);
  const report = await judge({ ...input, pieces, range }, io);
  for (const { line, column = 1, reason } of report.events.faults) {
    io.stderr.write(`${file}:${line}:${column}: left out: ${reason}\n`);
  }
  const more = report.events.broken - report.events.faults.length;
  if (more > 0) io.stderr.write(`${file}: ${more} more lines were left out\n`);
  if (input.before === undefined && report.events.decisions === 0) {
    throw new AppError('bad_request', `${file} has no decisions to compare with, only events`, {
      remedy: 'Give the rules to compare with (--against <dir>), or export decisions with the events.',
    });
  }
  return report;
}

async function judge(input: Omit<BacktestInput, 'onProgress'>, io: CliIo): Promise<BacktestReport> {
  const progress = createProgress(io, 'events');
  try {
    return await runBacktest({ ...input, onProgress: (events, part) => progress.at(events, undefined, part) });
  } finally {
    progress.end();
  }
}

/** What comes before `since` is judged for the sake of the chats that were open then. */
function rangeOf({ since, until, warmUpMs }: HistoryOptions, { after, before }: Judging, first: number) {
  const from = since ?? first;
  const to = until ?? Number.POSITIVE_INFINITY;
  if (from >= to) {
    throw new AppError('bad_request', '--since is not before --until', {
      remedy: 'Give a stretch of time, such as --since 30d or --since 60d --until 30d.',
    });
  }
  const starts = Number.isFinite(from) ? [from] : [];
  const waits = [after, before].map((rules) =>
    rules === undefined ? 0 : measurePatience(rules.ruleset, starts).stayMs,
  );
  return { from: from - (warmUpMs ?? Math.max(DAY_MS, ...waits)), since: from, until: to };
}

async function loadCompiled(rules: string, { json }: HistoryOptions, io: CliIo): Promise<LoadedRules | undefined> {
  const folder = await loadRules({ rules, json }, 'no event was judged', io);
  return folder === undefined ? undefined : { ...folder, ruleset: compileRuleset(folder.ruleset) };
}

function createHourOf(zone: string): (at: number) => number {
  if (zone === 'UTC') return (at) => Math.floor(at / HOUR_MS) % 24;
  return (at) => Math.floor(toLocalTime(zone, at).timeMs / HOUR_MS);
}
