import { type Command, InvalidArgumentError, Option } from 'commander';
import { RULE_LANGUAGES } from '../engine/describe/describe-rule.ts';
import type { Language } from '../engine/describe/language.ts';
import { addHistoryOptions, type CommonOptions } from './backtest/history-options.ts';
import { judgeHistory } from './backtest/judge-history.ts';
import { toJson } from './backtest/to-json.ts';
import { type CliIo, type ExitCode, writeJson } from './io.ts';
import { openReport } from './report-file.ts';
import { renderBacktest } from './reporters/backtest/backtest-page.ts';
import { formatBacktest } from './reporters/backtest/backtest-text.ts';
import { en } from './reporters/backtest/en.ts';
import { ptBr } from './reporters/backtest/pt-br.ts';
import { createFormatTime } from './reporters/simulation/format-time.ts';
import { createStyle } from './style.ts';

interface BacktestOptions extends CommonOptions {
  against?: string;
  maxNewAlerts?: number;
  html?: string;
  lang: Language['tag'];
  json?: boolean;
}

const MAX_EXAMPLES = 3;

export function registerBacktest(program: Command, io: CliIo): void {
  const command = program
    .command('backtest')
    .description(
      'Runs recorded events through the rules, in virtual time, and tells what they would have done otherwise than those\n' +
        'of another folder, or than what was recorded. Nobody is told, nothing is changed.\n' +
        'Exits with 2 when there are more new alerts than --max-new-alerts allows.',
    );
  addHistoryOptions(command)
    .option('--against <dir>', 'rules to compare with (default: what was recorded)')
    .option('--max-new-alerts <count>', 'how many Slack messages may be new', toCount)
    .option('--html <file>', 'write the result as a page, too')
    .addOption(new Option('--lang <tag>', 'language of the page').choices(Object.keys(RULE_LANGUAGES)).default('en'))
    .option('--json', 'print the result as JSON')
    .action(async (options: BacktestOptions) => {
      io.exitCode = await runBacktestCommand(options, io);
    });
}

function toCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Give a number, such as 20.');
  return Number(text);
}

async function runBacktestCommand(options: BacktestOptions, io: CliIo): Promise<ExitCode> {
  const { warmUp, maxNewAlerts, html, lang, json, ...history } = options;
  const page = html === undefined ? undefined : await openReport(html, 'page', io);
  const report = await judgeHistory(
    {
      ...history,
      json: json === true,
      maxExamples: MAX_EXAMPLES,
      ...(warmUp === undefined ? {} : { warmUpMs: warmUp }),
    },
    io,
  );
  if (report === undefined) return 2;
  const tooMany = maxNewAlerts !== undefined && report.newAlerts > maxNewAlerts;
  if (page !== undefined) {
    await page.write(
      await renderBacktest(report, lang === 'en' ? en : ptBr, createFormatTime(report.range.zone, lang)),
    );
  }
  if (json === true) writeJson(io, { ok: !tooMany, ...toJson(report) });
  else io.stdout.write(formatBacktest(report, createFormatTime(report.range.zone, 'en'), createStyle(io, io.stdout)));
  if (tooMany) {
    io.stderr.write(
      `${report.newAlerts} Slack messages would be new: more than the ${maxNewAlerts} of --max-new-alerts\n`,
    );
  }
  return tooMany ? 2 : 0;
}
