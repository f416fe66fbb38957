import type { Difference } from '../../../trial/backtest/compare-firings.ts';
import type { BacktestReport, NamedComparison } from '../../../trial/backtest/report.ts';
import type { RulesetLoad } from '../../../trial/backtest/run-ruleset.ts';
import { type Breakdown, EXAMPLE_KINDS, type ExampleKind, hasChanged } from '../../../trial/backtest/tally.ts';
import type { FormatTime } from '../simulation/format-time.ts';
import type { Style } from '../simulation/simulation-text.ts';
import { fill } from '../simulation/words.ts';
import { en } from './en.ts';
import {
  describeCompared,
  describeDifference,
  describeLimits,
  explainLine,
  formatMove,
  nameOf,
  totalsOf,
} from './name-things.ts';
import { sparkline } from './sparkline.ts';
import { formatTable } from './table-text.ts';

/** A backtest for the terminal. */
const MAX_NAMES = 5;

export function formatBacktest(report: BacktestReport, formatTime: FormatTime, style: Style): string {
  const lines = [
    ...formatHead(report, formatTime),
    '',
    style('bold', en.rulesTitle),
    ...formatRules(report, style),
    '',
    ...report.rules.filter(hasChanged).flatMap((rule) => formatRule(rule, report, formatTime, style)),
    ...formatLoads(report, formatTime, style),
    style('bold', en.limitsTitle),
    ...describeLimits(report, en).map((text) => style('dim', `  - ${text}`)),
  ];
  return `${lines.join('\n')}\n`;
}

export function formatHead(report: BacktestReport, formatTime: FormatTime): string[] {
  const { range, events } = report;
  return [
    describeCompared(report, en),
    fill(en.span, { since: formatTime(range.since), until: formatTime(range.until) }),
    fill(en.read, { judged: events.judged, warmUp: events.warmUp }),
    fill(en.warmUp, { from: formatTime(range.from) }),
    ...(events.broken === 0 ? [] : [fill(en.broken, { count: events.broken })]),
  ];
}

function formatRules(report: BacktestReport, style: Style): string[] {
  const { rules } = report;
  if (rules.length === 0) return [en.noFirings];
  const head = [en.rule, en.before, en.after, en.added, en.removed, en.moved, en.medianMove];
  const total = totalsOf(report);
  const [first = '', ...rows] = formatTable(head, [
    ...rules.map((rule) => [
      rule.ruleId,
      rule.before,
      rule.after,
      rule.added,
      rule.removed,
      rule.moved,
      formatMove(rule.medianMoveMs),
    ]),
    [en.total, total.before, total.after, total.added, total.removed, total.moved, ''],
  ]);
  return [style('dim', first), ...rows, fill(en.newAlerts, { count: report.newAlerts })];
}

function formatRule(rule: NamedComparison, report: BacktestReport, formatTime: FormatTime, style: Style): string[] {
  const { ruleId, name, mode, hours, channels, agents, examples } = rule;
  const kept = mode === undefined ? ` (${en.gone})` : mode === 'shadow' ? ` (${en.shadow})` : '';
  const most = Math.max(...hours.before, ...hours.after);
  return [
    `${style('bold', ruleId)}  ${name}${kept}`,
    `  ${style('dim', fill(en.byHour, { zone: report.range.zone }))}`,
    `    ${en.before.padEnd(6)}  ${sparkline(hours.before, most)}`,
    `    ${en.after.padEnd(6)}  ${sparkline(hours.after, most)}  0 to 23 h`,
    ...formatBreakdown(en.byChannel, channels, report, style),
    ...formatBreakdown(en.byAgent, agents, report, style),
    ...EXAMPLE_KINDS.flatMap((kind) => examples[kind].flatMap((one) => formatExample(kind, one, formatTime, style))),
    '',
  ];
}

/** An example, and what to type next. */
export function formatExample(
  kind: ExampleKind,
  difference: Difference,
  formatTime: FormatTime,
  style: Style,
): string[] {
  const line = explainLine(difference);
  return [
    `  ${style('yellow', en.kinds[kind])}  ${describeDifference(difference, en, formatTime)}`,
    ...(line === undefined ? [] : [style('dim', `    ${line}`)]),
  ];
}

function formatBreakdown(title: string, rows: readonly Breakdown[], report: BacktestReport, style: Style): string[] {
  if (rows.length === 0 || (rows.length === 1 && rows[0]?.id === '')) return [];
  const table = formatTable(
    [title, en.before, en.after, en.added, en.removed],
    rows
      .slice(0, MAX_NAMES)
      .map(({ id, before, after, added, removed }) => [nameOf(id, report, en), before, after, added, removed]),
  );
  const more = rows.length - MAX_NAMES;
  const [head = '', ...body] = table.map((line) => `  ${line}`);
  return [style('dim', head), ...body, ...(more > 0 ? [style('dim', `  … ${more} more (--json, --html)`)] : [])];
}

function formatLoads(report: BacktestReport, formatTime: FormatTime, style: Style): string[] {
  const { before, after } = report.load;
  const sides: [string, RulesetLoad][] =
    before === undefined
      ? [[en.after, after]]
      : [
          [en.before, before],
          [en.after, after],
        ];
  return [
    style('bold', en.slackTitle),
    ...sides.flatMap(([side, load]) => formatSlack(side, load, formatTime, style)),
    '',
    style('bold', en.zohoTitle),
    ...sides.flatMap(([side, load]) => formatZoho(side, load)),
    '',
    style('bold', en.reassignTitle),
    ...sides.flatMap(([side, load]) => formatReassignments(side, load, report)),
    ...(before === undefined ? ['', en.recordedOnly] : []),
    '',
  ];
}

function formatSlack(side: string, { slack }: RulesetLoad, formatTime: FormatTime, style: Style): string[] {
  const { channels, edits, unknownChannel } = slack;
  if (channels.length === 0) return [`  ${side}: ${en.nothing}`];
  const table = formatTable(
    [side, en.messages, en.busiest, en.p95, en.overSlack, en.overBudget, en.grouped],
    channels.map(({ channel, messages, overBudget, grouped }) => [
      channel,
      messages.total,
      messages.peakAt === undefined ? '' : `${messages.peak} at ${formatTime(messages.peakAt)}`,
      messages.p95,
      messages.over,
      overBudget,
      grouped,
    ]),
  );
  const [head = '', ...rows] = table.map((line) => `  ${line}`);
  return [
    style('dim', head),
    ...rows,
    `  ${fill(en.edits, { total: edits.total, peak: edits.peak })}`,
    ...(unknownChannel === 0 ? [] : [`  ${fill(en.unknownChannel, { count: unknownChannel })}`]),
  ];
}

function formatZoho(side: string, { zoho: { actions, days } }: RulesetLoad): string[] {
  if (actions.length === 0) return [`  ${side}: ${en.nothing}`];
  const table = formatTable(
    [side, en.count, en.credits],
    actions.map(({ type, count, credits }) => [type, count, credits]),
  );
  const day = days.peakAt === undefined ? '' : new Date(days.peakAt).toISOString().slice(0, 10);
  return [...table.map((line) => `  ${line}`), `  ${fill(en.zohoDay, { peak: days.peak, day })} ${en.zohoIntro}`];
}

function formatReassignments(side: string, { reassignments }: RulesetLoad, report: BacktestReport): string[] {
  const { total, takenFrom, givenTo, picked } = reassignments;
  if (total === 0) return [`  ${side}: ${en.nothing}`];
  const list = (label: string, tallies: typeof takenFrom) => {
    const shown = tallies.slice(0, MAX_NAMES).map(({ name, count }) => `${nameOf(name, report, en)} ${count}`);
    const more = tallies.length > MAX_NAMES ? `, … ${tallies.length - MAX_NAMES} more` : '';
    return tallies.length === 0 ? [] : [`    ${label}: ${shown.join(', ')}${more}`];
  };
  return [
    `  ${side}: ${total}`,
    ...list(en.takenFrom, takenFrom),
    ...list(en.givenTo, givenTo),
    ...list(en.picked, picked),
    ...(picked.length === 0 ? [] : [`    ${en.pickedNote}`]),
  ];
}
