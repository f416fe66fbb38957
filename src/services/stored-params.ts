import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { toStorable } from '../domain/json-text.ts';
import { BLANK, personalTexts } from '../domain/personal.ts';

/**
 * An action's params as they are kept after its delivery: every personal text that the event brought is struck out,
 * wherever a template put it, unless personal data may be stored.
 */
export function storedParams(params: JsonObject, context: JsonObject, keepPersonal: boolean): JsonObject {
  if (keepPersonal) return params;
  const { event } = context;
  const texts = isJsonObject(event) ? personalTexts(event) : [];
  return texts.length === 0 ? params : strikeObject(params, texts);
}

/**
 * What a delivery answered as it is kept: of the card of an alert only what templates wrote is struck out. Ids and
 * links stay, else a customer who writes "C0" would take the card's channel away.
 */
export function storedResult(result: JsonObject, context: JsonObject, keepPersonal: boolean): JsonObject {
  const { card } = result;
  if (keepPersonal || !isJsonObject(card)) return result;
  const written = Object.fromEntries(Object.entries(card).filter(([key]) => key === 'text' || key === 'fields'));
  return { ...result, card: { ...card, ...storedParams(written, context, false) } };
}

/** What a destination or a template gave, made fit for jsonb, which refuses NUL and lone surrogates. */
export function toStorableObject(value: JsonObject): JsonObject {
  const stored = toStorable(value);
  return isJsonObject(stored) ? stored : {};
}

function strikeObject(value: JsonObject, texts: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, strike(child, texts)]));
}

function strike(value: Json, texts: readonly string[]): Json {
  if (typeof value === 'string') return texts.reduce((text, personal) => text.replaceAll(personal, BLANK), value);
  if (Array.isArray(value)) return value.map((child) => strike(child, texts));
  return isJsonObject(value) ? strikeObject(value, texts) : value;
}
