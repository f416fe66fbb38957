import type { RuleActionType } from '../../domain/action.ts';
import { isAbsent, isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Directory } from '../../domain/rule.ts';
import { placeOf } from './param-places.ts';
import { type RenderScope, renderLeaf } from './render-leaf.ts';
import { resolveNames } from './resolve-names.ts';
import { describeLiquidError, RenderTimeout } from './template-fault.ts';

export interface RenderOptions {
  directory: Directory;
  /** Whether names of the directory become ids; default true. */
  resolve?: boolean;
}

/** `reason` names the parameter and never a value. */
export type RenderedParams = { ok: true; params: JsonObject } | { ok: false; reason: string };

/**
 * Renders the params of an action: every text in them is a Liquid template over `context` (the facts of the firing, with
 * `results` of earlier actions). Values are escaped by where they stand, names of the directory become ids, and an
 * action whose required parameter renders to nothing is refused.
 * @throws RenderTimeout, which refuses nothing: it is to be tried again
 */
export function renderParams(
  type: RuleActionType,
  params: JsonObject,
  context: JsonObject,
  { directory, resolve = true }: RenderOptions,
): RenderedParams {
  try {
    const rendered = renderObject(type, params, [], { context, directory });
    return resolve ? resolveNames(type, rendered, directory) : { ok: true, params: rendered };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.message };
    throw error;
  }
}

class Refusal extends Error {}

type Path = readonly string[];

function renderObject(type: RuleActionType, object: JsonObject, path: Path, scope: RenderScope): JsonObject {
  const rendered: JsonObject = {};
  for (const [key, child] of Object.entries(object)) {
    const value = renderValue(type, child, [...path, key], scope);
    if (value !== undefined) rendered[key] = value;
  }
  return rendered;
}

/** Undefined for what is left out. */
function renderValue(type: RuleActionType, value: Json, path: Path, scope: RenderScope): Json | undefined {
  if (typeof value === 'string') return renderText(type, value, path, scope);
  if (isJsonObject(value)) return renderObject(type, value, path, scope);
  if (!Array.isArray(value)) return value;
  return value.map((item, index) => renderValue(type, item, [...path, String(index)], scope) ?? null);
}

function renderText(type: RuleActionType, text: string, path: Path, scope: RenderScope): Json | undefined {
  const place = placeOf(type, path);
  const value = attempt(path, () => renderLeaf(text, place, scope));
  const empty = isAbsent(value) || (typeof value === 'string' && value.trim() === '');
  if (!empty) return value;
  switch (place.whenEmpty) {
    case 'refuse':
      throw new Refusal(`the parameter ${path.join('.')} rendered to nothing`);
    case 'omit':
      return undefined;
    case 'null':
      return null;
    case 'empty':
      return '';
  }
}

/** What Liquid throws becomes a refusal that names the parameter. */
function attempt<T>(path: Path, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof RenderTimeout) throw error;
    throw new Refusal(`the parameter ${path.join('.')} cannot be rendered: ${describeLiquidError(error).message}`);
  }
}
