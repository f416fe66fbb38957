import type { Command } from 'commander';
import { EXAMPLE_KINDS } from '../trial/backtest/tally.ts';
import { addHistoryOptions, type CommonOptions } from './backtest/history-options.ts';
import { judgeHistory } from './backtest/judge-history.ts';
import { toJson } from './backtest/to-json.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { countDifferences, formatReplay } from './reporters/backtest/replay-text.ts';
import { createFormatTime } from './reporters/simulation/format-time.ts';
import { createStyle } from './style.ts';

interface ReplayOptions extends CommonOptions {
  json?: boolean;
}

/** Of each rule and kind of difference. */
const MAX_EXAMPLES = 20;

export function registerReplay(program: Command, io: CliIo): void {
  const command = program
    .command('replay')
    .description(
      'Puts stored events through the present rules again, in virtual time, and tells where they decide otherwise than was\n' +
        'recorded. Nobody is told, nothing is changed. Exits with 0 when nothing differs, with 2 when something does.',
    );
  addHistoryOptions(command)
    .option('--json', 'print the result as JSON')
    .action(async (options: ReplayOptions) => {
      io.exitCode = await runReplay(options, io);
    });
}

async function runReplay({ json, warmUp, ...options }: ReplayOptions, io: CliIo): Promise<ExitCode> {
  const warmUpMs = warmUp === undefined ? {} : { warmUpMs: warmUp };
  const report = await judgeHistory({ ...options, ...warmUpMs, json: json === true, maxExamples: MAX_EXAMPLES }, io);
  if (report === undefined) return 2;
  const ok = EXAMPLE_KINDS.every((kind) => countDifferences(report, kind) === 0);
  if (json === true) {
    const { range, events, before, after, rules, blindSpots } = toJson(report);
    writeJson(io, { ok, range, events, before, after, rules, blindSpots });
  } else {
    io.stdout.write(formatReplay(report, createFormatTime(report.range.zone, 'en'), createStyle(io, io.stdout)));
  }
  return ok ? 0 : 2;
}
