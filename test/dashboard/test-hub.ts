import type { LiveHub } from '../../src/dashboard/deps.ts';

/** A hub that tells at once, and how many listen. */
export interface TestHub extends LiveHub {
  listeners(): number;
}

export function createTestHub(): TestHub {
  const listeners = new Set<() => void>();
  return {
    changed() {
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    listeners: () => listeners.size,
  };
}
