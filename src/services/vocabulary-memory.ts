import type { AcceptedValues } from '../domain/vocabulary.ts';

/**
 * What a process remembers of the vocabulary, so that a value that comes a thousand times a minute is a number in memory.
 * Data only: on Workers it outlives the invocation.
 */
export interface VocabularyMemory {
  /** What has an entry already, as `keyOf`. */
  readonly entered: Set<string>;
  /** How often each was met since the last flush. */
  readonly counts: Map<string, Count>;
  /** Portals whose entries are full: what is new is only counted, until the next look. */
  readonly full: Set<string>;
  /** Rules that were told of already, with the value that they met. */
  readonly told: Set<string>;
  /** By portal. */
  readonly accepted: Map<string, { values: AcceptedValues; readAt: number }>;
}

export interface Count {
  orgId: string;
  field: string;
  value: string;
  firstSeenAt: number;
  lastSeenAt: number;
  seen: number;
}

export function createVocabularyMemory(): VocabularyMemory {
  return { entered: new Set(), counts: new Map(), full: new Set(), told: new Set(), accepted: new Map() };
}

export function keyOf({ orgId, field, value }: Pick<Count, 'orgId' | 'field' | 'value'>): string {
  return `${orgId}\n${field}\n${value}`;
}

/** Adds to what was counted; epoch ms. */
export function addCount(counts: Map<string, Count>, { seen, firstSeenAt, lastSeenAt, ...of }: Count): void {
  const key = keyOf(of);
  const known = counts.get(key);
  if (known === undefined) {
    counts.set(key, { ...of, seen, firstSeenAt, lastSeenAt });
    return;
  }
  known.seen += seen;
  known.firstSeenAt = Math.min(known.firstSeenAt, firstSeenAt);
  known.lastSeenAt = Math.max(known.lastSeenAt, lastSeenAt);
}
