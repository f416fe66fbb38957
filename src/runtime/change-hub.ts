/** Tells the pages that something changed. Listeners are told at most once per turn of the event loop. */
export interface ChangeHub {
  changed(): void;
  /** @returns how to stop listening */
  subscribe(listener: () => void): () => void;
}

export function createChangeHub(): ChangeHub {
  const listeners = new Set<() => void>();
  let told = false;
  return {
    changed() {
      if (told) return;
      told = true;
      setImmediate(() => {
        told = false;
        for (const listener of listeners) listener();
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
