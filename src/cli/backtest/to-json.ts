import type { BacktestReport } from '../../trial/backtest/report.ts';

/** The report for a program. The bounds of the stretch as ISO 8601; all other times are epoch ms. */
export function toJson({ range: { from, since, until, zone }, ...report }: BacktestReport) {
  const iso = (at: number) => new Date(at).toISOString();
  return { range: { from: iso(from), since: iso(since), until: iso(until), zone }, ...report };
}
