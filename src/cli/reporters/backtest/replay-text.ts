import type { BacktestReport } from '../../../trial/backtest/report.ts';
import { EXAMPLE_KINDS, type ExampleKind, hasChanged } from '../../../trial/backtest/tally.ts';
import type { FormatTime } from '../simulation/format-time.ts';
import type { Style } from '../simulation/simulation-text.ts';
import { formatExample, formatHead } from './backtest-text.ts';
import { en } from './en.ts';
import { describeLimits } from './name-things.ts';

/** Where the present rules decide otherwise than was recorded, rule by rule. */
const KINDS: Readonly<Record<ExampleKind, string>> = {
  added: 'fires now and did not then',
  removed: 'fired then and does not now',
  moved: 'fires at another moment',
  reason: 'fires for another reason',
};

export function formatReplay(report: BacktestReport, formatTime: FormatTime, style: Style): string {
  const { before, after, rules } = report;
  const changed = rules.filter(hasChanged);
  const other = before.kind === 'recorded' ? before.hashes.filter((hash) => hash !== after.hash) : [];
  const same = rules.reduce((sum, rule) => sum + rule.same - rule.otherReason, 0);
  const lines = [
    ...formatHead(report, formatTime),
    ...(other.length === 0
      ? []
      : [`Other rules were in force for a part of it (${other.map((hash) => hash.slice(0, 12)).join(', ')}).`]),
    '',
    ...changed.flatMap((rule) => [
      `${style('bold', rule.ruleId)}  ${rule.name}${rule.mode === undefined ? ` (${en.gone})` : ''}`,
      ...EXAMPLE_KINDS.flatMap((kind) => {
        const count = countOf(rule, kind);
        const shown = rule.examples[kind];
        if (count === 0) return [];
        const more = count - shown.length;
        return [
          `  ${KINDS[kind]}: ${count}`,
          ...shown.flatMap((one) => formatExample(kind, one, formatTime, style)),
          ...(more > 0 ? [style('dim', `  … ${more} more`)] : []),
        ];
      }),
      '',
    ]),
    changed.length === 0
      ? `${style('green', 'ok')} ${same} firings, all as they were recorded`
      : `${style('yellow', 'differs')} ${EXAMPLE_KINDS.map((kind) => `${en.kinds[kind]} ${countDifferences(report, kind)}`).join(', ')}; the same: ${same}`,
    ...(changed.length === 0
      ? []
      : ['', en.limitsTitle, ...describeLimits(report, en).map((text) => style('dim', `  - ${text}`))]),
  ];
  return `${lines.join('\n')}\n`;
}

export function countDifferences({ rules }: BacktestReport, kind: ExampleKind): number {
  return rules.reduce((sum, rule) => sum + countOf(rule, kind), 0);
}

function countOf(rule: BacktestReport['rules'][number], kind: ExampleKind): number {
  return kind === 'reason' ? rule.otherReason : rule[kind];
}
