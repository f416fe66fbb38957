import * as z from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { cutText } from '../cut-text.ts';
import { optionalName, readParams, requiredName } from '../rendered-params.ts';

/**
 * dashboard.update: what its params say about the live board. Pure: the service writes the tile in the transaction that
 * settles the action, which makes it happen exactly once.
 */
export interface TileUpdate {
  tile: string;
  /** Key within the tile; `''` for a tile with one value. */
  by: string;
  /** `add` always has a number. */
  kind: 'set' | 'add';
  value: number | string;
}

const MAX_TILE_LENGTH = 100;
const MAX_KEY_LENGTH = 200;
const MAX_TEXT_LENGTH = 200;

const schema = z.object({ tile: requiredName, set: optionalName, add: optionalName, by: optionalName });

export function toTileUpdate(params: JsonObject): { ok: true; update: TileUpdate } | { ok: false; reason: string } {
  const read = readParams(schema, params);
  if (!read.ok) return read;
  const { tile, set, add, by = '' } = read.params;
  if (tile.length > MAX_TILE_LENGTH) return { ok: false, reason: `tile is longer than ${MAX_TILE_LENGTH} characters` };
  if (by.length > MAX_KEY_LENGTH) return { ok: false, reason: `by is longer than ${MAX_KEY_LENGTH} characters` };
  if (set !== undefined && add !== undefined) return { ok: false, reason: 'give either set or add, not both' };
  if (set !== undefined) {
    return { ok: true, update: { tile, by, kind: 'set', value: findNumber(set) ?? cutText(set, MAX_TEXT_LENGTH) } };
  }
  if (add === undefined) return { ok: false, reason: 'neither set nor add rendered to anything' };
  const value = findNumber(add);
  if (value === undefined) return { ok: false, reason: 'add rendered to something that is no number' };
  return { ok: true, update: { tile, by, kind: 'add', value } };
}

/** A decimal number as people and templates write it. Ids of more digits than a number holds stay texts. */
function findNumber(text: string): number | undefined {
  if (!/^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(text)) return undefined;
  return Number(text);
}
