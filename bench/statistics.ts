/** Small sums for measuring. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) throw new RangeError('the median of nothing');
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** Three digits that count: 12.3, 1,234. */
export function round(value: number): number {
  return Number(value.toPrecision(3));
}

export function formatNumber(value: number): string {
  return round(value).toLocaleString('en-US', { maximumFractionDigits: 3 });
}

/** Rows of texts as aligned columns; the first is aligned left, the others right. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ')).join('\n');
}

/** @param share 0.5 for the median, 0.99 for what 99 of 100 stay below; nothing has none */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
