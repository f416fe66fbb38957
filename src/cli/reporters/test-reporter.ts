import type { Json } from '../../domain/json.ts';
import type { RuleFault } from '../../domain/rule.ts';
import type { Trace } from '../../domain/trace.ts';
import { type CoverageItem, percentOf, type RuleCoverage } from '../../trial/coverage.ts';
import { type Difference, describeNearMiss } from '../../trial/expectations.ts';
import type { Judgement } from '../../trial/run-test.ts';
import { DEFAULT_START } from '../../trial/run-test.ts';
import type { PlacedResult } from '../../trial/run-tests.ts';
import type { Entry } from '../../trial/trial.ts';
import type { Colour } from '../style.ts';

/** How the results of rule tests are shown to people. */
type Style = (colour: Colour, text: string) => string;

const MAX_ENTRIES = 40;
const MAX_LENGTH = 160;

/** One line for a test that passed; for one that failed also what differs, what happened, and how the conditions stood. */
export function formatResult({ placed, result }: PlacedResult, dir: string, style: Style): string {
  const title = `${placed.ruleId}: ${result.name}`;
  const { failure } = result;
  if (failure === undefined) return `${style('green', '✔')} ${title}\n`;
  const [first] = failure.differences;
  const { line, column } = placed.positionOfStep(failure.step, first?.what);
  const start = Date.parse(placed.test.start ?? DEFAULT_START);
  const lines = [
    `${style('red', '✖')} ${style('bold', title)}`,
    `  ${style('bold', `${dir}/${placed.file}:${line}:${column}`)} at ${failure.at}`,
    ...(failure.fault === undefined ? [] : [`  ${failure.fault}`]),
    ...failure.differences.flatMap((difference) => formatDifference(difference, style)),
    ...formatRecord(result.record, start, style),
    ...(failure.why === undefined ? [] : formatWhy(failure.why, start, style)),
  ];
  return `${lines.join('\n')}\n\n`;
}

const WORDS = {
  expect: { missing: 'expected, and not done', unexpected: 'done, and not expected' },
  decisions: { missing: 'expected, and not decided', unexpected: 'decided, and not expected' },
  cards: { missing: 'expected cards that are not there', unexpected: 'cards that were not expected' },
} as const;

function formatDifference({ what, missing, unexpected }: Difference, style: Style): string[] {
  const list = (title: string, sign: string, colour: Colour, values: readonly Json[]) =>
    values.length === 0
      ? []
      : [`  ${title}:`, ...values.map((value) => style(colour, `    ${sign} ${shorten(JSON.stringify(value))}`))];
  return [
    ...list(WORDS[what].missing, '-', 'red', missing),
    ...list(WORDS[what].unexpected, '+', 'green', unexpected),
    ...nearest(missing, unexpected).map((text) => style('yellow', `    ${shorten(text)}`)),
  ];
}

/** What differs between what was expected and the one of its kind that comes nearest. */
function nearest(missing: readonly Json[], unexpected: readonly Json[]): string[] {
  const [first] = missing;
  if (first === undefined) return [];
  const misses = unexpected.map((one) => describeNearMiss(first, one)).filter((paths) => paths.length > 0);
  return misses.sort((a, b) => a.length - b.length)[0] ?? [];
}

/** The timeline: time since the start, and what happened then. */
function formatRecord(record: readonly Entry[], start: number, style: Style): string[] {
  const left = record.length - MAX_ENTRIES;
  const shown = record.slice(-MAX_ENTRIES).map((entry) => {
    const [what, details] = describeEntry(entry);
    return `    ${formatOffset(entry.at - start).padEnd(9)} ${what.padEnd(22)} ${style('dim', shorten(details))}`;
  });
  return ['  what happened:', ...(left > 0 ? [`    … ${left} more before`] : []), ...shown];
}

function describeEntry(entry: Entry): [what: string, details: string] {
  switch (entry.kind) {
    case 'event': {
      const { type, sessionId, payload } = entry.event;
      const { sessionOldStatus: from, sessionStatus: to } = payload;
      return ['event', [type, sessionId, to === undefined ? '' : `${from ?? '?'} → ${to}`].join(' ').trimEnd()];
    }
    case 'decision': {
      const { outcome, ruleId, sessionId, reason } = entry.decision;
      return [outcome, `${ruleId} ${sessionId ?? ''}: ${reason}`];
    }
    case 'action': {
      const { action, state, params, result, reason } = entry.carried;
      const told = reason === undefined ? JSON.stringify({ ...params, ...result }) : reason;
      return [action.spec.type, `${state === 'delivered' ? '' : `${state}: `}${told}`];
    }
    case 'click':
      return ['click', `${entry.click.button} by ${entry.click.by}`];
  }
}

/** `1h30m`, `15m`, `0s`: as the file writes times. */
export function formatOffset(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(seconds / 3_600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('') || '0s';
}

function formatWhy({ ruleId, at, trace }: Judgement, start: number, style: Style): string[] {
  return [`  how the conditions of ${ruleId} stood at ${formatOffset(at - start)}:`, ...formatTrace(trace, style, 2)];
}

/** The condition tree, a line for each: met or not, and the value that was met. */
export function formatTrace(trace: Trace, style: Style, depth = 0): string[] {
  const indent = '  '.repeat(depth);
  const mark = trace.result === undefined ? '·' : trace.result ? style('green', '✔') : style('red', '✖');
  if (trace.op === 'leaf') {
    const { fact, path = '', operator, expected, actual } = trace;
    const read = `${fact}${path.replace(/^\$/, '')}`;
    const met = actual === undefined ? 'absent' : JSON.stringify(actual);
    return [
      `${indent}${mark} ${shorten(`${read} ${operator} ${JSON.stringify(expected)}`)} ${style('dim', `it was ${shorten(met)}`)}`,
    ];
  }
  const title = trace.op === 'condition' ? `condition ${trace.name}` : trace.op;
  return [`${indent}${mark} ${title}`, ...trace.of.flatMap((child) => formatTrace(child, style, depth + 1))];
}

function shorten(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`;
}

export function formatFaults(faults: readonly RuleFault[], dir: string, style: Style): string {
  return faults
    .map(
      ({ file, line, column, message, remedy }) =>
        `${style('bold', `${dir}/${file}:${line}:${column}`)}: ${style('red', 'error')}: ${message}\n  ${remedy}\n`,
    )
    .join('');
}

/** Per rule what no test has seen, and the share of all. */
export function formatCoverage(coverage: readonly RuleCoverage[], style: Style): string {
  const all = coverage.flatMap(({ items }) => items);
  const lines = coverage.flatMap(({ ruleId, items }) => [
    `${formatPercent(items).padStart(4)} ${ruleId}`,
    ...items.filter(({ covered }) => !covered).map(({ what }) => style('yellow', `       never: ${what}`)),
  ]);
  const seen = all.filter(({ covered }) => covered).length;
  return `\nCoverage: rules that fire, comparisons true and false, steps, actions\n${lines.join('\n')}\n${formatPercent(all).padStart(4)} in all, ${seen} of ${all.length}\n`;
}

/** Rounded down: a hundred is only said of everything. */
function formatPercent(items: readonly CoverageItem[]): string {
  return `${Math.floor(percentOf(items))}%`;
}
