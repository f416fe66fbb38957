import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import { DIRECTORY } from './filters.ts';
import { isTemplate, parseTemplate } from './liquid.ts';
import type { Place } from './param-places.ts';
import { renderTemplate } from './render-template.ts';

/** What a template reads. */
export interface RenderScope {
  /** The facts of the firing and `results` of earlier actions. */
  context: JsonObject;
  directory: Directory;
}

/** Renders one text for its place. Throws as renderTemplate does; the message goes through describeLiquidError. */
export function renderLeaf(text: string, place: Place, scope: RenderScope): Json {
  return place.escaping === 'typed' ? renderTyped(text, place, scope) : renderText(text, place, scope);
}

function renderText(text: string, place: Place, scope: RenderScope): string {
  const rendered = isTemplate(text) ? String(render(text, place.escaping, scope)) : text;
  if (place.maxLength !== undefined) return cut(rendered, place.maxLength);
  return place.escaping === 'plain' ? rendered.trim() : rendered;
}

/** A leaf that is one output and nothing else keeps the value's type; anything else is a text. */
function renderTyped(text: string, place: Place, scope: RenderScope): Json {
  if (!isTemplate(text)) return text;
  const alone = parseTemplate(text, 'typed').length === 1;
  const value = toJson(render(text, alone ? 'typed' : 'plain', scope));
  return place.flat && typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}

function render(text: string, escaping: Place['escaping'], { context, directory }: RenderScope): unknown {
  return renderTemplate(parseTemplate(text, escaping), escaping, context, { globals: { [DIRECTORY]: directory } });
}

/** A value of Liquid as JSON: numbers that JSON cannot hold and what it does not know are null. */
function toJson(value: unknown): Json {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (Array.isArray(value)) return value.map(toJson);
  if (!isJsonObject(value)) return null;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toJson(child)]));
}

/** Cuts with an ellipsis, never within a surrogate pair or one of the entities that escaping made. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const kept = text.slice(0, max - 1).replace(/&[a-z]{0,3}$/, '');
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
}
