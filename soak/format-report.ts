import { formatNumber, formatTable } from '../bench/statistics.ts';
import type { Sample } from './observe.ts';
import type { SoakReport } from './run-soak.ts';

/** How a sample reads on the one line that shows the progress. */
export function formatProgress(sample: Sample, rate: number): string {
  const { second, memoryMb, heapMb, waitingEvents, waitingSeconds, openActions, runningHolds, finishedJobs } = sample;
  const parts = [
    `${Math.floor(second / 60)}m${String(second % 60).padStart(2, '0')}s`,
    `${rate.toFixed(0)} items/s`,
    `${memoryMb.toFixed(0)} MB (heap ${heapMb.toFixed(0)})`,
    `${waitingEvents} waiting (${waitingSeconds.toFixed(1)} s)`,
    `${openActions} actions open`,
    `${runningHolds} holds`,
    ...(finishedJobs === undefined ? [] : [`${finishedJobs} finished jobs`]),
  ];
  return parts.join(' · ');
}

const MOST_ROWS = 12;

export function formatReport(report: SoakReport): string {
  const { options, seconds, sent, faults, samples, tables, verdicts } = report;
  const chosen = samples.filter((_, index) => index % Math.max(1, Math.floor(samples.length / MOST_ROWS)) === 0);
  const course = formatTable([
    ['second', 'memory, MB', 'heap, MB', 'events waiting', 'actions open', 'holds', 'finished jobs'],
    ...chosen.map((one) =>
      [
        one.second,
        one.memoryMb,
        one.heapMb,
        one.waitingEvents,
        one.openActions,
        one.runningHolds,
        one.finishedJobs,
      ].map((value) => (value === undefined ? '-' : value.toLocaleString('en-US', { maximumFractionDigits: 0 }))),
    ),
  ]);
  const sizes = formatTable([
    ['table', 'rows', 'MB'],
    ...tables
      .slice(0, MOST_ROWS)
      .map(({ name, rows, megabytes }) => [name, rows.toLocaleString('en-US'), megabytes.toFixed(1)]),
  ]);
  const played = Object.entries(faults).map(([name, count]) => `${count} ${name}`);
  return [
    `${seconds} s on ${options.database}: ${sent.items.toLocaleString('en-US')} items in ${sent.deliveries.toLocaleString('en-US')} ` +
      `requests of ${sent.chats} chats, ${formatNumber(sent.items / seconds)} a second; ${sent.repeatedAttempts} requests repeated`,
    `faults: ${played.join(', ')}`,
    course,
    sizes,
    verdicts.map(({ name, ok, found }) => `${ok ? 'ok  ' : 'FAIL'}  ${name}: ${found}`).join('\n'),
  ].join('\n\n');
}
