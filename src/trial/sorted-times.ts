/** Moments in ascending order, epoch ms: nearly every new one is the last, and those before a moment can be forgotten. */
export interface SortedTimes {
  add(at: number): void;
  /** How many lie after `after`, up to `until` and that included. */
  countBetween(after: number, until: number): number;
  /** The last at `at` or before. */
  last(at: number): number | undefined;
  /** Forgets what lies before `at`, but for the last of it. @returns how many are left */
  forgetBefore(at: number): number;
}

export function createSortedTimes(): SortedTimes {
  const times: number[] = [];

  /** How many lie at `at` or before. */
  function countUntil(at: number): number {
    let [low, high] = [0, times.length];
    // Most questions are about the present.
    if (high === 0 || (times[high - 1] ?? 0) <= at) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    add(at) {
      const place = countUntil(at);
      if (place === times.length) times.push(at);
      else times.splice(place, 0, at);
    },
    countBetween: (after, until) => Math.max(0, countUntil(until) - countUntil(after)),
    last: (at) => times[countUntil(at) - 1],
    forgetBefore(at) {
      const before = countUntil(at - 1);
      if (before > 1) times.splice(0, before - 1);
      return times.length;
    },
  };
}
