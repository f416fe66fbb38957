/**
 * Seeded chance. Each process of the sandbox (arrivals, one chat, one agent's day) draws from a stream of its own, named
 * by the seed and its purpose, so that what one of them does never changes what another draws.
 */
import { sha256Hex } from '../domain/hash.ts';

export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True with the probability `share` (0 to 1). */
  chance(share: number): boolean;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** One of `items` with the probability of its weight. */
  weighted<T>(items: readonly T[], weightOf: (item: T) => number): T;
  /** A waiting time with the given mean, exponentially distributed, whole milliseconds. */
  exponential(meanMs: number): number;
}

/** The same stream for the same name: sfc32, seeded by the name's hash. */
export function createRandom(name: string): Random {
  const hash = sha256Hex(name);
  let [a, b, c, counter] = [0, 8, 16, 24].map((at) => Number.parseInt(hash.slice(at, at + 8), 16) | 0) as [
    number,
    number,
    number,
    number,
  ];
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + mixed) | 0;
    return (mixed >>> 0) / 4_294_967_296;
  };
  const at = <T>(items: readonly T[], index: number): T => {
    const item = items[index];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  };
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (share) => next() < share,
    pick: (items) => at(items, Math.floor(next() * items.length)),
    weighted: (items, weightOf) => {
      let rest = next() * items.reduce((sum, item) => sum + weightOf(item), 0);
      for (const item of items) {
        rest -= weightOf(item);
        if (rest < 0) return item;
      }
      return at(items, items.length - 1);
    },
    exponential: (meanMs) => Math.round(-Math.log(1 - next()) * meanMs),
  };
}
