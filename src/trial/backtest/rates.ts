/** How much happens in each minute (or day), without keeping every one of them: what comes in the order of time. */
export interface Rate {
  add(at: number, count?: number): void;
  summary(): RateSummary;
}

export interface RateSummary {
  total: number;
  /** Stretches in which anything happened at all. */
  busy: number;
  peak: number;
  /** The beginning of the busiest stretch, epoch ms; absent where nothing happened. */
  peakAt?: number;
  /** Of the busy stretches. */
  p95: number;
  /** How many stretches had more than the limit. */
  over: number;
}

/** @param limit what `over` counts from */
export function createRate(stretchMs: number, limit: number): Rate {
  /** How many stretches had which count. */
  const counts = new Map<number, number>();
  let stretch = Number.NaN;
  let current = 0;
  let total = 0;
  let peak = 0;
  let peakAt: number | undefined;

  function close(): void {
    if (current === 0) return;
    counts.set(current, (counts.get(current) ?? 0) + 1);
    if (current > peak) [peak, peakAt] = [current, stretch * stretchMs];
    current = 0;
  }

  return {
    add(at, count = 1) {
      const own = Math.floor(at / stretchMs);
      if (own !== stretch) {
        close();
        stretch = own;
      }
      current += count;
      total += count;
    },
    summary() {
      close();
      const sorted = [...counts].sort(([a], [b]) => a - b);
      const busy = sorted.reduce((sum, [, stretches]) => sum + stretches, 0);
      const p95 = countAt(sorted, Math.ceil(busy * 0.95));
      const over = sorted.reduce((sum, [count, stretches]) => sum + (count > limit ? stretches : 0), 0);
      return { total, busy, peak, p95, over, ...(peakAt === undefined ? {} : { peakAt }) };
    },
  };
}

/** The count of the stretch that is `rank`th from the quietest. */
function countAt(sorted: readonly (readonly [count: number, stretches: number])[], rank: number): number {
  let seen = 0;
  for (const [count, stretches] of sorted) {
    seen += stretches;
    if (seen >= rank) return count;
  }
  return 0;
}
