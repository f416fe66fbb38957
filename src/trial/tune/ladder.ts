/** Which thresholds are worth a look: around the present one, and where the recorded durations lie. */

const S = 1_000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

/** Durations as people write them. */
const ROUND_MS: readonly number[] = [
  ...[1, 2, 3, 5, 10, 15, 20, 30, 45].map((n) => n * S),
  ...[1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 45].map((n) => n * M),
  ...[1, 1.5, 2, 3, 4, 6, 8, 12, 18].map((n) => n * H),
  ...[1, 2, 3, 4, 5, 7, 10, 14, 21, 30, 60, 90].map((n) => n * D),
];

const QUANTILES = [0.5, 0.9, 0.98];
const NEIGHBOURS = 2;

/**
 * @param presentMs always one of them
 * @param durationsMs sorted
 * @returns sorted, each once
 */
export function chooseLadder(presentMs: readonly number[], durationsMs: readonly number[]): number[] {
  const chosen = new Set(presentMs);
  for (const present of presentMs) {
    for (const ms of ROUND_MS.filter((round) => round < present).slice(-NEIGHBOURS)) chosen.add(ms);
    for (const ms of ROUND_MS.filter((round) => round > present).slice(0, NEIGHBOURS)) chosen.add(ms);
  }
  for (const share of QUANTILES) {
    const value = quantile(durationsMs, share);
    if (value !== undefined && value >= S) chosen.add(nearestRound(value));
  }
  return [...chosen].sort((a, b) => a - b);
}

/** The smallest value that so large a share of the values does not exceed; undefined of none. @param sorted ascending */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** Nearest by ratio: 9m is nearer to 10m than to 8m. */
function nearestRound(ms: number): number {
  const distance = (round: number) => Math.abs(Math.log(round / ms));
  return ROUND_MS.reduce((nearest, round) => (distance(round) < distance(nearest) ? round : nearest));
}
