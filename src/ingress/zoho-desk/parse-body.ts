import { isJsonObject } from '../../domain/json.ts';
import { parseJsonText, toStorable } from '../../domain/json-text.ts';
import type { ParsedBody, ParsedItem } from '../parsed-item.ts';
import { type Receipt, SOURCE, toDeskEvent } from './desk-event.ts';

/** Far more than fits a body of 1 MiB with real events in it (a short one has 350 bytes). */
const MAX_ITEMS = 5_000;

/**
 * Reads the body of a webhook request: a JSON array of events or a single one. Never throws. Each item is judged by
 * itself; what cannot be read comes back as rejected, with the reason, in its place.
 */
export function parseZohoBody(rawText: string, receipt: Receipt): ParsedBody {
  const parsed = parseJsonText(rawText);
  if (parsed === undefined) return { ok: false, reason: 'the body is not JSON' };
  const { value } = parsed;
  if (!Array.isArray(value) && !isJsonObject(value)) {
    return { ok: false, reason: 'the body is neither an array nor an object' };
  }
  const items: unknown[] = Array.isArray(value) ? value : [value];
  if (items.length > MAX_ITEMS) return { ok: false, reason: `the body has more than ${MAX_ITEMS} items` };
  return { ok: true, items: items.map((item) => parseItem(item, receipt)) };
}

function parseItem(item: unknown, receipt: Receipt): ParsedItem {
  const rejected = { ok: false, orgId: receipt.orgId, source: SOURCE, receivedAt: receipt.receivedAt } as const;
  if (!isJsonObject(item)) return { ...rejected, reason: 'the item is not an object', raw: undefined };
  const envelope = toStorable(item);
  if (!isJsonObject(envelope)) return { ...rejected, reason: 'the item is nested too deep', raw: undefined };
  const reading = toDeskEvent(envelope, receipt);
  return reading.ok ? reading : { ...rejected, reason: reading.reason, raw: envelope };
}
