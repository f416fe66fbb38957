import { type Clock, isWithin } from '../../domain/clock.ts';

/** Values that stay true for a while: names, departments, who is online. Bounded: the oldest entry makes room. */
export interface TtlCache<V> {
  /** The kept value, or what `load` answers; that is kept when `isLasting` says so. */
  get(key: string, load: () => Promise<V>): Promise<V>;
}

export function createTtlCache<V>(options: {
  clock: Clock;
  ttlMs: number;
  maxEntries: number;
  isLasting: (value: V) => boolean;
}): TtlCache<V> {
  const kept = new Map<string, { value: V; since: number }>();
  return {
    get: async (key, load) => {
      const found = kept.get(key);
      if (found !== undefined && isWithin(options.ttlMs, found.since, options.clock.now())) return found.value;
      const value = await load();
      kept.delete(key);
      if (!options.isLasting(value)) return value;
      kept.set(key, { value, since: options.clock.now() });
      const [oldest] = kept.keys();
      if (kept.size > options.maxEntries && oldest !== undefined) kept.delete(oldest);
      return value;
    },
  };
}
