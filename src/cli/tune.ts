import { type Command, Option } from 'commander';
import { systemClock } from '../domain/clock.ts';
import { suggestion } from '../domain/did-you-mean.ts';
import { AppError } from '../domain/errors.ts';
import type { Rule } from '../domain/rule.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import { hasTimes } from '../trial/tune/tune.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { loadRules } from './load-rules.ts';
import { STRETCH_TEXTS, toDurations, toPast, toZone } from './options/time-options.ts';
import { createProgress } from './progress.ts';
import { createFormatTime } from './reporters/simulation/format-time.ts';
import { formatTune } from './reporters/tune-text.ts';
import { createStyle } from './style.ts';
import { findFixedNumbers, lineOf } from './tune/fixed-numbers.ts';
import { formatHoldsCsv } from './tune/format-holds-csv.ts';
import { type Tuned, tuneFile, tuneStored } from './tune/tune-recorded.ts';

export interface TuneOptions {
  rules?: string;
  /** Epoch ms. */
  since: number;
  until?: number;
  events?: string;
  url?: string;
  /** In ms. */
  thresholds?: number[];
  steps?: number[];
  zone: string;
  json?: boolean;
  csv?: boolean;
}

const DEFAULT_SINCE = '30d';

export function registerTune(program: Command, io: CliIo): void {
  const now = systemClock.now();
  program
    .command('tune')
    .description(
      'Tells, from what was recorded, what other times of a rule would have meant: how often "for" and the delays of\n' +
        'its steps would have fired with other values, by channel and hour. Nothing is changed, nobody is told.',
    )
    .argument('<rule>', 'of the ids of rules, one')
    .option('--rules <dir>', 'folder with the rules (default: RULES_DIR, or ./rules)')
    .addOption(
      new Option('--since <time>', STRETCH_TEXTS.since)
        .argParser((text) => toPast(text, now))
        .default(toPast(DEFAULT_SINCE, now), DEFAULT_SINCE),
    )
    .addOption(
      new Option('--until <time>', `${STRETCH_TEXTS.until} (default: now)`).argParser((text) => toPast(text, now)),
    )
    .addOption(
      new Option('--events <file>', 'events of a file instead of what is stored, one per line').conflicts([
        'since',
        'until',
        'url',
      ]),
    )
    .option(
      '--url <address>',
      'the server whose events are meant (default: the database, or the server that has it open)',
    )
    .option(
      '--thresholds <list>',
      'values of "for" to try, such as 3m,5m,8m (default: chosen from the durations)',
      toDurations,
    )
    .option('--steps <list>', 'delays of steps to try, counted from the firing', toDurations)
    .option('--zone <name>', 'time zone of times and hours, such as America/Sao_Paulo', toZone, 'UTC')
    .addOption(new Option('--json', 'print the result as JSON').conflicts('csv'))
    .option('--csv', 'print each recorded hold as a row instead, for analysis elsewhere')
    .action(async (ruleId: string, options: TuneOptions) => {
      io.exitCode = await runTune(ruleId, options, io);
    });
}

/**
 * @returns 2 when the rules cannot be loaded
 * @throws AppError when there is no such rule, nothing of it to tune, or no history
 */
export async function runTune(ruleId: string, options: TuneOptions, io: CliIo): Promise<ExitCode> {
  const loaded = await loadRules(options, 'nothing was tuned', io);
  if (loaded === undefined) return 2;
  const { dir, ruleset } = loaded;
  const rule = getRule(ruleset, ruleId, dir);
  expectTimes(rule, ruleset, options, dir);
  const { report, holds, channels } = await tuneFrom(ruleset, rule, options, io);
  if (options.csv === true) for (const row of formatHoldsCsv(holds)) io.stdout.write(row);
  else if (options.json === true) writeJson(io, report);
  else {
    const nameOf = (id: string) => ruleset.directory.channels.get(id)?.name ?? channels.get(id)?.name ?? id;
    const formatTime = createFormatTime(options.zone, 'en');
    const fixed = findFixedNumbers(rule, ruleset);
    io.stdout.write(formatTune(report, { nameOf, fixed, dir, formatTime, style: createStyle(io, io.stdout) }));
  }
  return 0;
}

function getRule({ rules }: Ruleset, id: string, dir: string): Rule {
  const rule = rules.find((one) => one.id === id);
  if (rule !== undefined) return rule;
  const known = rules.map((one) => one.id);
  throw new AppError('not_found', `there is no rule "${id}" in ${dir}`, { remedy: suggestion(id, known) });
}

/** @throws AppError naming the place, where there is no time that could be another */
function expectTimes(rule: Rule, ruleset: Ruleset, { thresholds, steps, csv }: TuneOptions, dir: string): void {
  const file = `${rule.id}.rule.json`;
  const { kind } = rule.trigger;
  const key = { hold: 'for', event: 'on', schedule: 'every' }[kind];
  const place = `${dir}/${file}:${lineOf(ruleset, file, [key])}`;
  const why = kind === 'event' ? 'fires at events ("on")' : 'goes by the clock ("every")';
  const remedy =
    'tune tries durations. For other numbers, limits or conditions, change a copy of the folder and run: vigia backtest --rules <copy>';
  if (!hasTimes(rule)) {
    const others = findFixedNumbers(rule, ruleset).map((one) => `${dir}/${one.file}:${one.line} ${one.what}`);
    throw new AppError('bad_request', `${place}: ${rule.id} ${why} and has no steps: nothing in it waits`, {
      remedy: others.length === 0 ? remedy : `${remedy}\n  Its numbers: ${others.join('; ')}`,
    });
  }
  if (kind !== 'hold' && (thresholds !== undefined || csv === true)) {
    throw new AppError('bad_request', `${place}: ${rule.id} ${why}, so there is no "for" to try`, {
      remedy: 'Leave out --thresholds and --csv: the delays of its steps are tried, or give them with --steps.',
    });
  }
  if (rule.steps.length === 0 && steps !== undefined) {
    throw new AppError('bad_request', `${dir}/${file}: ${rule.id} has no steps whose delays could be tried`, {
      remedy: 'Leave out --steps.',
    });
  }
}

async function tuneFrom(ruleset: Ruleset, rule: Rule, options: TuneOptions, io: CliIo): Promise<Tuned> {
  const { events, zone, thresholds, steps } = options;
  const progress = createProgress(io, 'events');
  const common = {
    zone,
    onProgress: progress.at,
    ...(thresholds === undefined ? {} : { thresholdsMs: thresholds }),
    ...(steps === undefined ? {} : { stepsMs: steps }),
  };
  const tuning = { ruleset, rule, ...common };
  try {
    if (events !== undefined) return await tuneFile(events, tuning, io);
    const { since, until } = options;
    if (until !== undefined && until <= since) {
      throw new AppError('bad_request', '--until is not after --since', { remedy: 'Give an --until that is later.' });
    }
    return await tuneStored(options.url, { since, ...(until === undefined ? {} : { until }) }, tuning, io);
  } finally {
    progress.end();
  }
}
