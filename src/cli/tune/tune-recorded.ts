import { resolve } from 'node:path';
import { systemClock } from '../../domain/clock.ts';
import { AppError } from '../../domain/errors.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { Rule } from '../../domain/rule.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import { findServer } from '../../runtime/data-dir-lock.ts';
import { DAY_ORG_ID } from '../../trial/day/read-line.ts';
import { type EventLines, readEvents } from '../../trial/history/read-events.ts';
import { DEFAULT_START } from '../../trial/run-test.ts';
import type { TuneResult } from '../../trial/tune/report.ts';
import { type TuneOptions, tune } from '../../trial/tune/tune.ts';
import { openStoredHistory } from '../history/open-stored-history.ts';
import { readLinesOf } from '../history/read-lines-of.ts';
import { type Piece, readPieces } from '../history/read-pieces.ts';
import { openServedHistory } from '../history/served-history.ts';
import type { CliIo } from '../io.ts';
import { readConfig } from '../read-config.ts';

/** A rule that is to be tuned, and how. */
export type Tuning = Pick<TuneOptions, 'zone' | 'onProgress' | 'thresholdsMs' | 'stepsMs'> & {
  ruleset: Ruleset;
  rule: Rule;
};

export interface Tuned extends TuneResult {
  /** What is known of channels beside the directory. */
  channels: ReadonlyMap<string, KnownChannel>;
}

/** Epoch ms; without an end until the present of who has stored it. */
interface Stretch {
  since: number;
  until?: number;
}

/** Chats of which nothing was heard for longer when the stretch begins are met at their next event. */
const WARM_UP_MS = 7 * 86_400_000;
const MAX_FAULTS = 20;

/**
 * By what is stored: in the database, or by a server.
 * @throws AppError when nothing is stored there, or it cannot be read
 */
export async function tuneStored(url: string | undefined, stretch: Stretch, tuning: Tuning, io: CliIo): Promise<Tuned> {
  const config = readConfig(io, { warn: false });
  const server = url ?? (config.database.kind === 'pglite' ? await findServer(config.database.dataDir) : undefined);
  return server === undefined ? tuneDatabase(config, stretch, tuning) : tuneServer(server, stretch, tuning, io);
}

async function tuneDatabase(
  config: Parameters<typeof openStoredHistory>[0],
  { since, until = systemClock.now() }: Stretch,
  { ruleset, rule, ...options }: Tuning,
): Promise<Tuned> {
  const history = await openStoredHistory(config);
  try {
    const channels = await history.channels(ruleset.directory);
    const result = await tune(ruleset, rule, {
      ...options,
      open: () => history.events({ since: since - WARM_UP_MS, until }),
      orgId: history.orgId,
      fromAt: since,
      untilAt: () => until,
      channels,
    });
    if (result !== undefined) return { ...result, channels };
    throw nothingStored(history.name, { since, until });
  } finally {
    await history.close();
  }
}

async function tuneServer(
  url: string,
  { since, until }: Stretch,
  { ruleset, rule, ...options }: Tuning,
  io: CliIo,
): Promise<Tuned> {
  let endAt = until;
  const lines = createLines(async function* () {
    // Read a second time, it ends where it did the first time.
    yield* await openServedHistory(url, { since: since - WARM_UP_MS, until: endAt ?? Number.POSITIVE_INFINITY }, io);
  });
  const result = await tune(ruleset, rule, {
    ...options,
    open: () =>
      lines.open({
        onEnd: (at) => {
          endAt ??= at;
        },
      }),
    orgId: DAY_ORG_ID,
    fromAt: since,
    untilAt: () => endAt,
    channels: lines.channels,
  });
  if (result !== undefined) return { ...result, channels: lines.channels };
  throw nothingStored(`the server at ${url}`, { since, ...(endAt === undefined ? {} : { until: endAt }) });
}

/**
 * By the events of a file. Lines that cannot be read are told and left out.
 * @throws AppError when there is no such file, or no event in it
 */
export async function tuneFile(file: string, { ruleset, rule, ...options }: Tuning, io: CliIo): Promise<Tuned> {
  if (file === '-') {
    throw new AppError('bad_request', 'the events are read twice, which standard input cannot be', {
      remedy: 'Write them into a file and give that.',
    });
  }
  let endAt: number | undefined;
  const lines = createLines(() => readPieces(resolve(io.cwd, file), io));
  const result = await tune(ruleset, rule, {
    ...options,
    open: () =>
      lines.open({
        onEnd: (at) => {
          endAt = at;
        },
      }),
    orgId: DAY_ORG_ID,
    untilAt: () => endAt,
    channels: lines.channels,
  });
  const { faults, skipped } = lines.leftOut();
  const [first] = faults;
  if (result === undefined) {
    const message = first === undefined ? `${file} is empty` : `no event could be read from ${file}: ${first}`;
    throw new AppError('bad_request', message, {
      remedy: 'One event per line (JSON Lines); docs/simulate.md shows its forms.',
    });
  }
  for (const fault of faults) io.stderr.write(`${file}: left out: ${fault}\n`);
  if (skipped > faults.length) io.stderr.write(`${file}: ${skipped - faults.length} more were left out\n`);
  return { ...result, channels: lines.channels };
}

/** Lines of events that can be read again, with the channels that they tell of, and what could not be read the last time. */
function createLines(readAll: () => AsyncIterable<Piece>) {
  const start = Date.parse(DEFAULT_START);
  const channels = new Map<string, KnownChannel>();
  let faults: string[] = [];
  let skipped = 0;
  return {
    channels,
    open({ onEnd }: Required<Pick<EventLines, 'onEnd'>>): AsyncIterable<DeskEvent> {
      [faults, skipped] = [[], 0];
      return readEvents(readLinesOf(readAll()), {
        start,
        onSkip(line, reason) {
          skipped += 1;
          if (faults.length < MAX_FAULTS) faults.push(`line ${line}: ${reason}`);
        },
        onChannel: (id, channel) => channels.set(id, channel),
        onEnd,
      });
    },
    leftOut: () => ({ faults, skipped }),
  };
}

function nothingStored(where: string, { since, until }: Stretch): AppError {
  const stretch = `${new Date(since).toISOString()} to ${until === undefined ? 'now' : new Date(until).toISOString()}`;
  return new AppError('not_found', `${where} has no events from ${stretch}`, {
    remedy: 'Look further back with --since, or check ZOHO_ORG_ID and the database: vigia doctor tells what it finds.',
  });
}
