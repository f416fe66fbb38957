/**
 * How long to wait before a failed delivery is tried again: 1 s, 2 s, 4 s … up to 5 minutes, each drawn from its upper
 * half, so that deliveries that failed together do not come back together.
 */
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 300_000;

/**
 * The delay in milliseconds after the `attempt`-th failed try (1 for the first). `random` returns numbers in [0, 1).
 */
export function retryDelayMs(attempt: number, random: () => number): number {
  const doublings = Math.max(0, Math.floor(attempt) - 1);
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** doublings);
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
