import { isJsonObject, type JsonObject } from '../domain/json.ts';
import { toStorable } from '../domain/json-text.ts';
import { blankPersonal } from '../domain/personal.ts';
import type { RenderedParams } from '../engine/templates/render-params.ts';

/**
 * An action's params as they are kept: rendered once more, from an event without its personal values. Striking texts out
 * of what was rendered would miss whatever a filter or the escaping has changed.
 * @param render renders the action's params over these facts
 */
export function storedParams(
  params: JsonObject,
  context: JsonObject,
  keepPersonal: boolean,
  render: (context: JsonObject) => RenderedParams,
): JsonObject {
  const { event } = context;
  if (keepPersonal || !isJsonObject(event)) return params;
  const blanked = blankPersonal(event);
  if (JSON.stringify(blanked) === JSON.stringify(event)) return params;
  const again = render({ ...context, event: blanked });
  return again.ok ? again.params : {};
}

/** What a delivery answered as it is kept: of an alert's card, what templates wrote is taken from the stored params. */
export function storedResult(result: JsonObject, params: JsonObject, stored: JsonObject): JsonObject {
  const { card } = result;
  if (params === stored || !isJsonObject(card)) return result;
  // A repeat's params hold those of the card.
  const { text, fields } = isJsonObject(stored['card']) ? stored['card'] : stored;
  const { fields: _, ...rest } = card;
  return { ...result, card: { ...rest, text: text ?? '', ...(fields === undefined ? {} : { fields }) } };
}

/** What a destination or a template gave, made fit for jsonb, which refuses NUL and lone surrogates. */
export function toStorableObject(value: JsonObject): JsonObject {
  const stored = toStorable(value);
  return isJsonObject(stored) ? stored : {};
}
