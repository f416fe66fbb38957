import { isJsonObject, type Json } from '../../domain/json.ts';

const MAX_WIDTH = 110;

/** JSON as people write it: what fits on a line stands on one. */
export function toJsonText(value: Json, indent = 0, before = 0): string {
  const line = inline(value);
  if (!isList(value) || (indent > 0 && indent + before + line.length <= MAX_WIDTH)) return line;
  const pad = ' '.repeat(indent + 2);
  const [open, close, parts] = Array.isArray(value)
    ? (['[', ']', value.map((item) => toJsonText(item, indent + 2))] as const)
    : ([
        '{',
        '}',
        Object.entries(value).map(([key, item]) => {
          const name = `${JSON.stringify(key)}: `;
          return name + toJsonText(item, indent + 2, name.length);
        }),
      ] as const);
  return `${open}\n${parts.map((part) => pad + part).join(',\n')}\n${' '.repeat(indent)}${close}`;
}

/** A list or an object that is not empty. */
function isList(value: Json): value is Json[] | { [key: string]: Json } {
  return Array.isArray(value) ? value.length > 0 : isJsonObject(value) && Object.keys(value).length > 0;
}

function inline(value: Json): string {
  if (!isList(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(inline).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${inline(item)}`)
    .join(', ')} }`;
}
