const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Counts as bars of one line; two lines with the same `most` can be compared. Nothing at all is a dot. */
export function sparkline(counts: readonly number[], most = Math.max(...counts)): string {
  return counts
    .map((count) => (count === 0 ? '·' : (BARS[Math.ceil((count / most) * BARS.length) - 1] ?? '█')))
    .join('');
}
