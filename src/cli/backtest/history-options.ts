import { type Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../../domain/clock.ts';
import { parseDuration } from '../../domain/duration.ts';
import { STRETCH_TEXTS, toPast, toZone } from '../options/time-options.ts';
import type { HistoryOptions } from './judge-history.ts';

/** The options that say which events are judged, as commander gives them. */
export interface CommonOptions extends Omit<HistoryOptions, 'maxExamples' | 'warmUpMs' | 'against' | 'json'> {
  warmUp?: number;
}

/** What is replayed, and from when to when. */
export function addHistoryOptions(command: Command): Command {
  const now = systemClock.now();
  const toMoment = (text: string) => toPast(text, now);
  return command
    .option('--since <time>', `${STRETCH_TEXTS.since} (default: 30d; of a file all)`, toMoment)
    .option('--until <time>', `${STRETCH_TEXTS.until} (default: now; of a file its end)`, toMoment)
    .option(
      '--warm-up <duration>',
      'how long before that events are judged without being counted (default: 1d, or as long as the rules wait)',
      toDuration,
    )
    .option('--rules <dir>', 'folder with the rules to try (default: RULES_DIR, or ./rules)')
    .addOption(
      new Option(
        '--events <file>',
        'recorded events, one per line, or gzipped; - for stdin (default: what is stored)',
      ).conflicts('url'),
    )
    .option(
      '--url <address>',
      'the server whose events are meant (default: the database, or the server that has it open)',
    )
    .option('--zone <name>', 'time zone of hours and times, such as America/Sao_Paulo', toZone, 'UTC');
}

function toDuration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Give a duration, such as 12h or 2d.');
  return ms;
}
