import { resolve } from 'node:path';
import { Argument, type Command, Option } from 'commander';
import type { Config } from '../config.ts';
import { AppError } from '../domain/errors.ts';
import {
  EXPORT_FORMATS,
  EXPORTS,
  type ExportFormat,
  type ExportName,
  type ExportRequest,
  exportRows,
} from '../services/export/export-rows.ts';
import { createApiClient } from './call-api.ts';
import { compress } from './export/compress.ts';
import { countRows, type RowCount } from './export/count-rows.ts';
import { writeWhole } from './export/write-whole.ts';
import { type CliIo, writeJson } from './io.ts';
import { URL_OPTION } from './mutes/mute-options.ts';
import { openStored } from './open-stored.ts';
import { STRETCH_TEXTS, toPast } from './options/time-options.ts';
import { createProgress } from './progress.ts';
import { readConfig } from './read-config.ts';
import { createStyle } from './style.ts';

interface Options {
  /** Epoch ms, both. */
  since?: number;
  until?: number;
  format: ExportFormat;
  out?: string;
  gzip?: boolean;
  force?: boolean;
  url?: string;
  json?: boolean;
}

const DEFAULT_SINCE_MS = 30 * 86_400_000;

export function registerExport(program: Command, io: CliIo): void {
  program
    .command('export')
    .description(
      'Writes what is stored between two instants, without personal data, oldest first.\n' +
        '"history" is one file with all that "vigia backtest --events FILE" needs elsewhere.',
    )
    .addArgument(new Argument('<what>', 'what to write').choices(EXPORTS))
    .option('--since <time>', `${STRETCH_TEXTS.since} (default: 30d)`, toPastTime)
    .option('--until <time>', `${STRETCH_TEXTS.until} (default: now)`, toPastTime)
    .addOption(new Option('--format <format>', 'of a table').choices(EXPORT_FORMATS).default('ndjson'))
    .option('--out <file>', 'write a file, whole or not at all (default: to stdout)')
    .option('--gzip', 'compressed')
    .option('--force', 'replace the file if there is one')
    .option(...URL_OPTION)
    .option('--json', 'with --out: print what was written as JSON')
    .action((what: ExportName, options: Options) => runExport(what, options, io));
}

async function runExport(what: ExportName, options: Options, io: CliIo): Promise<void> {
  const { format, out, gzip = false, force = false, url, json = false } = options;
  if (what === 'history' && format === 'csv') {
    throw new AppError('bad_request', 'the history is NDJSON: its lines are of several kinds', {
      remedy: 'Leave --format out, or export events, transitions, sessions or decisions.',
    });
  }
  if (json && out === undefined) {
    throw new AppError('bad_request', '--json is about the file that was written, and there is no --out', {
      remedy: 'Add --out FILE, or leave --json out: rows on stdout are NDJSON by default.',
    });
  }
  const now = Date.now();
  const request: ExportRequest = { what, format, range: toRange(options, now), now };
  const isOpen = options.until === undefined;
  const config = readConfig(io, { warn: false });
  const source = await openSource(request, isOpen, config, url, io);
  const count: RowCount = { rows: 0, bytes: 0 };
  const progress = createProgress(io, 'rows');
  const rows = countRows(source.chunks, request, count, () => progress.at(count.rows));
  const chunks = gzip ? compress(rows) : rows;
  try {
    if (out === undefined) for await (const chunk of chunks) await print(io, chunk);
    else await writeWhole(resolve(io.cwd, out), chunks, { force });
  } finally {
    progress.end();
    await source.close();
  }
  tell(request, { out, json, count, until: source.until }, io);
}

interface Source {
  chunks: AsyncIterable<Uint8Array>;
  /** Before when, ISO 8601; absent: the present of the server, which may be another than ours. */
  until: string | undefined;
  close(): Promise<void>;
}

/** The database itself, or the server that has it open. @param isOpen whether it goes up to now */
async function openSource(
  request: ExportRequest,
  isOpen: boolean,
  config: Config,
  url: string | undefined,
  io: CliIo,
): Promise<Source> {
  const stored = url === undefined ? await openStored(config) : { kind: 'server' as const, url };
  if (stored.kind === 'database') {
    const { database, orgId } = stored;
    return {
      chunks: encode(exportRows(database.db, orgId, request)),
      until: toIso(request.range.until),
      close: () => database.close(),
    };
  }
  const { what, format, range } = request;
  const until = isOpen ? undefined : toIso(range.until);
  const query = new URLSearchParams({ since: toIso(range.since), format });
  if (until !== undefined) query.set('until', until);
  const api = await createApiClient(io, stored.url);
  return { chunks: await api.stream(`/export/${what}?${query}`), until, close: async () => undefined };
}

async function* encode(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

/** Waits where the reader is slower than we are, so that what it has not taken is not heaped up. */
async function print({ stdout }: CliIo, chunk: Uint8Array): Promise<void> {
  if (stdout.write(chunk) !== false) return;
  await new Promise<void>((taken) => (stdout.once === undefined ? taken() : stdout.once('drain', taken)));
}

function tell(
  { what, range }: ExportRequest,
  { out, json, count, until }: { out: string | undefined; json: boolean; count: RowCount; until: string | undefined },
  io: CliIo,
): void {
  const stretch = { since: toIso(range.since), until: until ?? 'now' };
  if (json) {
    writeJson(io, { what, file: out, ...stretch, until: until ?? null, rows: count.rows, bytes: count.bytes });
    return;
  }
  const style = createStyle(io, io.stderr);
  if (count.rows === 0) {
    const none = `nothing is stored from ${stretch.since} to ${stretch.until}`;
    io.stderr.write(`${style('yellow', 'note:')} ${none}\n  Look further back with --since.\n`);
  }
  if (out === undefined) return;
  const done = createStyle(io, io.stdout)('green', 'ok');
  io.stdout.write(`${done} ${out}: ${count.rows} rows, ${stretch.since} to ${stretch.until}\n`);
}

function toPastTime(text: string): number {
  return toPast(text, Date.now());
}

/** @throws AppError bad_request */
function toRange({ since, until }: Pick<Options, 'since' | 'until'>, now: number): ExportRequest['range'] {
  const range = { since: since ?? now - DEFAULT_SINCE_MS, until: until ?? now };
  if (range.since < range.until) return range;
  throw new AppError('bad_request', `--since (${toIso(range.since)}) is not before --until (${toIso(range.until)})`, {
    remedy: 'Give the earlier time with --since.',
  });
}

function toIso(at: number): string {
  return new Date(at).toISOString();
}
