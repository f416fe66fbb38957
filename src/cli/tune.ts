import { relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { systemClock } from '../domain/clock.ts';
import { suggestion } from '../domain/did-you-mean.ts';
import { AppError } from '../domain/errors.ts';
import type { Rule } from '../domain/rule.ts';
import type { KnownChannel } from '../engine/facts.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import { readRulesDir } from '../runtime/rules-dir.ts';
import { DAY_ORG_ID } from '../trial/day/read-line.ts';
import { readEvents } from '../trial/history/read-events.ts';
import { DEFAULT_START } from '../trial/run-test.ts';
import type { TuneResult } from '../trial/tune/report.ts';
import { hasTimes, type TuneOptions as TuneRun, tune } from '../trial/tune/tune.ts';
import { openStoredHistory } from './history/open-stored-history.ts';
import { readLinesOf } from './history/read-lines-of.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { toDurations, toPast, toZone } from './options/time-options.ts';
import { createProgress } from './progress.ts';
import { readConfig } from './read-config.ts';
import { createFormatTime } from './reporters/simulation/format-time.ts';
import { formatFaults } from './reporters/test-reporter.ts';
import { formatTune } from './reporters/tune-text.ts';
import { createStyle } from './style.ts';
import { findFixedNumbers, lineOf } from './tune/fixed-numbers.ts';
import { formatHoldsCsv } from './tune/format-holds-csv.ts';

export interface TuneOptions {
  rules?: string;
  /** Epoch ms. */
  since: number;
  until?: number;
  events?: string;
  /** In ms. */
  thresholds?: number[];
  steps?: number[];
  zone: string;
  json?: boolean;
  csv?: boolean;
}

const DEFAULT_SINCE = '30d';
/** Chats of which nothing was heard for longer when the stretch begins are met at their next event. */
const WARM_UP_MS = 7 * 86_400_000;

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
      new Option('--since <time>', 'how far back: a duration, or a time with its offset')
        .argParser((text) => toPast(text, now))
        .default(toPast(DEFAULT_SINCE, now), DEFAULT_SINCE),
    )
    .addOption(new Option('--until <time>', 'until when (default: now)').argParser((text) => toPast(text, now)))
    .addOption(
      new Option('--events <file>', 'events of a file instead of the database, one per line').conflicts([
        'since',
        'until',
      ]),
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
  const path = resolve(io.cwd, options.rules ?? io.env['RULES_DIR'] ?? 'rules');
  const dir = relative(io.cwd, path) || '.';
  const style = createStyle(io, io.stdout);
  const loaded = loadRuleset(await readRulesDir(path));
  if (!loaded.ok) {
    const errors = loaded.faults.filter(({ severity }) => severity === 'error');
    if (options.json === true) writeJson(io, { ok: false, faults: errors });
    else io.stdout.write(`${formatFaults(errors, dir, style)}\nnothing was tuned\n`);
    return 2;
  }
  const { ruleset } = loaded;
  const rule = getRule(ruleset, ruleId, dir);
  expectTimes(rule, ruleset, options, dir);
  const { report, holds, channels } = await tuneFrom(ruleset, rule, options, io);
  if (options.csv === true) for (const row of formatHoldsCsv(holds)) io.stdout.write(row);
  else if (options.json === true) writeJson(io, report);
  else {
    const nameOf = (id: string) => ruleset.directory.channels.get(id)?.name ?? channels.get(id)?.name ?? id;
    const formatTime = createFormatTime(options.zone, 'en');
    const fixed = findFixedNumbers(rule, ruleset);
    io.stdout.write(formatTune(report, { nameOf, fixed, dir, formatTime, style }));
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

interface Tuned extends TuneResult {
  /** What is known of channels beside the directory. */
  channels: ReadonlyMap<string, KnownChannel>;
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
  try {
    return events === undefined
      ? await tuneStored(ruleset, rule, { ...options, ...common }, io)
      : await tuneFile(ruleset, rule, { ...common, file: events }, io);
  } finally {
    progress.end();
  }
}

type Common = Pick<TuneRun, 'zone' | 'onProgress' | 'thresholdsMs' | 'stepsMs'>;

async function tuneStored(
  ruleset: Ruleset,
  rule: Rule,
  { since, until = systemClock.now(), ...common }: TuneOptions & Common,
  io: CliIo,
): Promise<Tuned> {
  if (until <= since) {
    throw new AppError('bad_request', '--until is not after --since', { remedy: 'Give an --until that is later.' });
  }
  const history = await openStoredHistory(readConfig(io, { warn: false }));
  try {
    const channels = await history.channels(ruleset.directory);
    const result = await tune(ruleset, rule, {
      ...common,
      open: () => history.events({ since: since - WARM_UP_MS, until }),
      orgId: history.orgId,
      fromAt: since,
      untilAt: until,
      channels,
    });
    if (result !== undefined) return { ...result, channels };
    const stretch = `${new Date(since).toISOString()} to ${new Date(until).toISOString()}`;
    throw new AppError('not_found', `${history.name} has no events from ${stretch}`, {
      remedy:
        'Look further back with --since, or check ZOHO_ORG_ID and the database: vigia doctor tells what it finds.',
    });
  } finally {
    await history.close();
  }
}

const MAX_FAULTS = 20;

async function tuneFile(
  ruleset: Ruleset,
  rule: Rule,
  { file, ...common }: Common & { file: string },
  io: CliIo,
): Promise<Tuned> {
  if (file === '-') {
    throw new AppError('bad_request', 'the events are read twice, which standard input cannot be', {
      remedy: 'Write them into a file and give that.',
    });
  }
  const path = resolve(io.cwd, file);
  const start = Date.parse(DEFAULT_START);
  const channels = new Map<string, KnownChannel>();
  let faults: string[] = [];
  let skipped = 0;
  const onSkip = (line: number, reason: string) => {
    skipped += 1;
    if (faults.length < MAX_FAULTS) faults.push(`line ${line}: ${reason}`);
  };
  const result = await tune(ruleset, rule, {
    ...common,
    open: () => {
      [faults, skipped] = [[], 0];
      const onChannel = (id: string, channel: KnownChannel) => channels.set(id, channel);
      return readEvents(readLinesOf(path, io), { start, onSkip, onChannel });
    },
    orgId: DAY_ORG_ID,
    channels,
  });
  const [first] = faults;
  if (result === undefined) {
    const message = first === undefined ? `${file} is empty` : `no event could be read from ${file}: ${first}`;
    throw new AppError('bad_request', message, {
      remedy: 'One event per line (JSON Lines); docs/simulate.md shows its forms.',
    });
  }
  for (const fault of faults) io.stderr.write(`${file}: left out: ${fault}\n`);
  if (skipped > faults.length) io.stderr.write(`${file}: ${skipped - faults.length} more were left out\n`);
  return { ...result, channels };
}
