import * as z from 'zod';
import { isJsonObject, type Json } from '../../domain/json.ts';
import { CONDITION_KEYS } from '../../domain/rule-file.ts';
import type { JsonPath } from './json-source.ts';

/**
 * Finds the part of a zod schema that is about a place in a file. Where the schema offers a choice, the keys of the
 * value decide: a condition is told by all, any, not, condition or fact, an action by its type.
 */
export interface SchemaPlace {
  schema: z.core.$ZodType;
  /** What the schema says of this place, for people. */
  description: string | undefined;
  /** The choices that the schema offers here, `schema` being the one that the value means. */
  options?: readonly z.core.$ZodType[];
}

/** Follows a path, as far as the schema goes. */
export function schemaAt(schema: z.core.$ZodType, path: JsonPath, value: Json): SchemaPlace {
  let current = open(schema, value);
  let met: Json | undefined = value;
  for (const segment of path) {
    met = childOf(met, segment);
    const next = childSchema(current.schema, segment);
    if (next === undefined) return current;
    current = open(next, met);
  }
  return current;
}

/** The keys that an object may have at this place. */
export function keysOf({ schema }: SchemaPlace): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** The branch of a union that a value means, by its keys; undefined when it could be any. */
export function branchOf(options: readonly z.core.$ZodType[], value: Json | undefined): number | undefined {
  if (!isJsonObject(value)) return undefined;
  const kind = CONDITION_KEYS.find((key) => Object.hasOwn(value, key));
  const index = options.findIndex((option) => {
    const { schema } = open(option, value);
    if (!(schema instanceof z.ZodObject)) return false;
    const type: unknown = schema.shape['type'];
    if (type instanceof z.ZodLiteral) return type.value === value['type'];
    return kind !== undefined && Object.hasOwn(schema.shape, kind);
  });
  if (index !== -1) return index;
  // A leaf that lacks its fact is still told by its operator.
  if (!Object.hasOwn(value, 'operator') && !Object.hasOwn(value, 'path')) return undefined;
  return branchOf(options, { fact: '' });
}

/** Unwraps optional and lazy schemas and picks the branch of a union; the outermost description is kept. */
function open(schema: z.core.$ZodType, value: Json | undefined): SchemaPlace {
  let current = schema;
  let description: string | undefined;
  let options: readonly z.core.$ZodType[] | undefined;
  const place = () => ({ schema: current, description, ...(options && { options }) });
  while (true) {
    if (current instanceof z.ZodType) description ??= current.description;
    if (current instanceof z.ZodOptional || current instanceof z.ZodLazy) current = current.unwrap();
    else if (current instanceof z.ZodUnion) {
      options = current.options;
      const index = branchOf(options, value);
      const option = index === undefined ? undefined : options[index];
      if (option === undefined) return place();
      current = option;
    } else return place();
  }
}

function childSchema(schema: z.core.$ZodType, segment: string | number): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) {
    const shape: Record<string, z.core.$ZodType> = schema.shape;
    const key = String(segment);
    return Object.hasOwn(shape, key) ? shape[key] : schema.def.catchall;
  }
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return undefined;
}

/** The value one step further, if there is one. */
export function childOf(value: Json | undefined, segment: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof segment === 'number' ? value[segment] : undefined;
  return isJsonObject(value) && Object.hasOwn(value, segment) ? value[String(segment)] : undefined;
}
