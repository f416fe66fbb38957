import type { JsonObject } from '../domain/json.ts';
import type { Rule } from '../domain/rule.ts';
import type { EntryRow } from '../store/vocabulary.ts';

/** What the page of the vocabulary shows, as plain data. Instants are epoch ms. */
export interface VocabularyView {
  /** Those that nobody has accepted, newest first. */
  fresh: { rows: VocabularyItem[]; more: boolean };
  /** Those accepted among the latest. */
  accepted: VocabularyItem[];
}

export interface VocabularyItem {
  field: string;
  value: string;
  firstSeenAt: number;
  lastSeenAt: number;
  seen: number;
  sample: JsonObject;
  /** Rules in force that read the field. */
  rules: { id: string; name: string; onUnknown: Rule['onUnknown'] }[];
  acceptedAt: number | null;
  acceptedBy: string | null;
}

export function toVocabularyItem(row: EntryRow, readers: readonly Rule[]): VocabularyItem {
  const { field, value, firstSeenAt, lastSeenAt, seen, sample, acceptedAt, acceptedBy } = row;
  const rules = readers.map(({ id, name, onUnknown }) => ({ id, name, onUnknown }));
  return { field, value, firstSeenAt, lastSeenAt, seen, sample, rules, acceptedAt, acceptedBy };
}
