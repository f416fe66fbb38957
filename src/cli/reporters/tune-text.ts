import { formatDuration } from '../../domain/duration.ts';
import type { Quantile, Threshold, TuneReport, Warning } from '../../trial/tune/report.ts';
import type { Colour } from '../style.ts';
import type { FixedNumber } from '../tune/fixed-numbers.ts';
import type { FormatTime } from './simulation/format-time.ts';

/** What other times of a rule would have meant, for the terminal: 80 columns wide with the thresholds that are chosen by itself. */
type Style = (colour: Colour, text: string) => string;

export interface TuneText {
  /** Of a channel. */
  nameOf: (id: string) => string;
  fixed: readonly FixedNumber[];
  /** Shown before the names of files. */
  dir: string;
  formatTime: FormatTime;
  style: Style;
}

const LABEL = 16;
const COLUMN = 8;
const MAX_CHANNELS = 12;

export function formatTune(report: TuneReport, options: TuneText): string {
  const { style, formatTime, fixed, dir } = options;
  const { ruleId, name, mode, fromAt, untilAt, days, events, chats, thresholds, steps, warnings } = report;
  const lines = [
    `${style('bold', ruleId)}  ${name}${mode === 'live' ? '' : ` (${mode}: counted as if it were live)`}`,
    `  ${formatTime(fromAt)} to ${formatTime(untilAt)}`,
    `  ${plural(days, 'day')}, ${plural(events, 'event')}, ${plural(chats, 'chat')}`,
    ...formatHolds(report),
    ...formatThresholds('for', 'of "for"', thresholds, report, options),
    ...formatThresholds('after', 'of the delay of a step, counted from the firing', steps, report, options),
    ...(fixed.length === 0 ? [] : ['', style('bold', 'Left as it is')]),
    ...fixed.map(({ file, line, what }) => `  ${dir}/${file}:${line}  ${what}`),
    ...(warnings.length === 0 ? [] : ['']),
    ...warnings.map((warning) => `${style('yellow', '!')} ${WARNINGS[warning](report)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function formatHolds({ holds }: TuneReport): string[] {
  if (holds === undefined) return [];
  const { count, running, approximate, median, p90, longest, endedIn } = holds;
  if (count === 0) return ['  its conditions held in no chat'];
  const lasted = [
    `median ${formatQuantile(median)}`,
    `p90 ${formatQuantile(p90)}`,
    `longest ${formatQuantile(longest)}`,
  ];
  return [
    `  its conditions held ${count === 1 ? 'once' : `${count} times`}: ${lasted.join(', ')}`,
    ...(running === 0 ? [] : [`  ${running} of them still ran at the end: they lasted at least so long`]),
    ...(approximate === 0 ? [] : [`  of ${approximate} nobody saw the beginning: they lasted longer`]),
    ...(endedIn.length === 0
      ? []
      : [`  ended with the chat in ${endedIn.map((one) => `${one.status || 'no status'} (${one.count})`).join(', ')}`]),
  ];
}

function formatQuantile(quantile: Quantile | undefined): string {
  if (quantile === undefined) return '-';
  return `${quantile.atLeast ? 'at least ' : ''}${formatDuration(quantile.ms)}`;
}

function formatThresholds(
  label: string,
  what: string,
  thresholds: readonly Threshold[],
  { zone }: TuneReport,
  { style, nameOf: channelName }: TuneText,
): string[] {
  if (thresholds.length === 0) return [];
  const withReached = thresholds.some(({ reached }) => reached !== undefined);
  const head = [
    label.padEnd(LABEL),
    ...['a day', 'fired', 'chats', ...(withReached ? ['reached'] : [])].map(cell),
    '  not fired',
  ];
  const rows = thresholds.map((one) => {
    const { perDay, fired, shareOfChats, reached } = one;
    const cells = [perDay.toFixed(1), String(fired), `${(shareOfChats * 100).toFixed(1)}%`];
    if (withReached) cells.push(String(reached ?? ''));
    const text = `  ${nameOf(one).padEnd(LABEL)}${cells.map(cell).join('')}  ${notFired(one)}`.trimEnd();
    return one.present ? style('bold', text) : text;
  });
  const channels = thresholds.map(({ byChannel }) => byChannel);
  const ids = [...new Set(channels.flatMap((own) => Object.keys(own)))]
    .map((id) => ({ id, total: channels.reduce((sum, own) => sum + (own[id] ?? 0), 0) }))
    .sort((a, b) => b.total - a.total || (a.id < b.id ? -1 : 1));
  const channelRows = ids.slice(0, MAX_CHANNELS).map(({ id }) => ({
    label: id === '' ? 'no channel' : channelName(id),
    counts: channels.map((own) => own[id] ?? 0),
  }));
  const hours = Array.from({ length: 24 }, (_, hour) => ({
    label: `${String(hour).padStart(2, '0')}:00`,
    counts: thresholds.map(({ byHour }) => byHour[hour] ?? 0),
  }));
  const left = ids.length - channelRows.length;
  return [
    '',
    `${style('bold', `What other values ${what} would have meant`)} (* as it is)`,
    style('dim', `  ${head.join('')}`),
    ...rows,
    ...formatMatrix('fired, by channel', thresholds, channelRows, style),
    ...(left > 0 ? [`  and ${left} more: see --json`] : []),
    ...formatMatrix(`fired, by hour of the day (${zone})`, thresholds, hours, style),
  ];
}

function notFired({ heldBack, undecided }: Threshold): string {
  return [
    ...Object.entries(heldBack).map(([outcome, count]) => `${outcome} ${count}`),
    ...(undecided === 0 ? [] : [`${undecided} may yet`]),
  ].join(', ');
}

interface Row {
  label: string;
  counts: readonly number[];
}

function formatMatrix(title: string, thresholds: readonly Threshold[], rows: readonly Row[], style: Style): string[] {
  const shown = rows.filter(({ counts }) => counts.some((count) => count > 0));
  if (shown.length === 0) return [];
  return [
    '',
    `  ${title}`,
    style('dim', `  ${' '.repeat(LABEL)}${thresholds.map((one) => cell(nameOf(one))).join('')}`),
    ...shown.map(
      ({ label, counts }) =>
        `  ${cut(label).padEnd(LABEL)}${counts.map((count) => cell(count === 0 ? '-' : String(count))).join('')}`,
    ),
  ];
}

const WARNINGS: Record<Warning, (report: TuneReport) => string> = {
  fewHolds: ({ holds }) =>
    `a small sample: ${plural(holds?.count ?? 0, 'hold')}; one more or less changes much. Look further back with --since`,
  fewDays: ({ days }) => `only ${plural(days, 'day')}: days of the week differ`,
  ownChanges: () =>
    'the rule changes chats itself: where it was in force, it ended holds at the value of that time, so longer values are counted too low',
};

/** Without the blank of `1h 30m`, as rules are written. */
function nameOf({ ms, present }: Threshold): string {
  return `${formatDuration(ms).replaceAll(' ', '')}${present ? '*' : ''}`;
}

function cell(text: string): string {
  return ` ${text}`.padStart(COLUMN);
}

function cut(text: string): string {
  return text.length < LABEL ? text : `${text.slice(0, LABEL - 2)}…`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
