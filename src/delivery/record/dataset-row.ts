import * as z from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { cutText } from '../cut-text.ts';
import { readParams, requiredName } from '../rendered-params.ts';

/**
 * record: a row for later analysis. Pure: the service writes the row in the transaction that settles the action, which
 * makes it happen exactly once.
 */
export interface DatasetRow {
  dataset: string;
  /** Flat: texts, numbers, booleans, null. A template that rendered to nothing is null. */
  fields: Record<string, string | number | boolean | null>;
}

/** The name becomes part of addresses and of export files. */
const DATASET_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const MAX_FIELDS = 100;
const MAX_FIELD_NAME_LENGTH = 100;
const MAX_TEXT_LENGTH = 4_000;

const schema = z.object({
  dataset: requiredName,
  fields: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.null()], { error: 'is not a plain value' }),
    { error: 'are missing' },
  ),
});

export function toDatasetRow(params: JsonObject): { ok: true; row: DatasetRow } | { ok: false; reason: string } {
  const read = readParams(schema, params);
  if (!read.ok) return read;
  const { dataset, fields } = read.params;
  if (!DATASET_PATTERN.test(dataset)) {
    return {
      ok: false,
      reason: 'dataset must be a name of at most 64 letters, digits, . _ -',
    };
  }
  const entries = Object.entries(fields);
  if (entries.length === 0) return { ok: false, reason: 'fields is empty: there is nothing to record' };
  if (entries.length > MAX_FIELDS)
    return { ok: false, reason: `fields has ${entries.length} entries, over ${MAX_FIELDS}` };
  const long = entries.find(([name]) => name.length > MAX_FIELD_NAME_LENGTH);
  if (long)
    return { ok: false, reason: `field name "${cutText(long[0], 40)}" is over ${MAX_FIELD_NAME_LENGTH} characters` };
  return {
    ok: true,
    row: { dataset, fields: Object.fromEntries(entries.map(([name, value]) => [name, toCell(value)])) },
  };
}

function toCell(value: string | number | boolean | null): string | number | boolean | null {
  if (typeof value !== 'string') return value;
  return value === '' ? null : cutText(value, MAX_TEXT_LENGTH);
}
