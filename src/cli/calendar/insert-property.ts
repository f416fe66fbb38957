import { createScanner, findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';

/**
 * Writes a new property into a JSON file with comments, on a line of its own, and changes nothing else: each comment stays
 * with what it was written beside. (jsonc-parser's own edit puts a property between another and the comment after it.)
 */
export interface Insertion {
  /** The object that gets the property; it is there. */
  path: readonly string[];
  key: string;
  /** As text: JSON on one line. */
  value: string;
  /** Whether the new property stands before this one. */
  before(key: string): boolean;
}

export function insertProperty(text: string, { path, key, value, before }: Insertion): string {
  // A byte order mark is no JSON; the loader takes it for a blank too.
  const root = parseTree(text.replace(/^\uFEFF/, ' '));
  const object = root === undefined ? undefined : findNodeAtLocation(root, [...path]);
  if (object?.type !== 'object') throw new RangeError(`there is no object at ${path.join('.')}`);
  const properties = object.children ?? [];
  const index = properties.findIndex((property) => before(keyOf(property)));
  const previous = index === -1 ? properties.at(-1) : properties[index - 1];
  const next = index === -1 ? undefined : properties[index];
  const property = `${JSON.stringify(key)}: ${value}`;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const indent = properties[0] === undefined ? undefined : ownIndent(text, properties[0].offset);
  if (properties.length > 0 && indent === undefined) return insertInline(text, { object, previous, next, property });

  const closing = lineIndent(text, object.offset);
  const inner = indent ?? `${closing}${unitOf(text)}`;
  const start = previous === undefined ? object.offset + 1 : endOf(previous);
  // What follows on the same line, a comma and a comment, belongs to what stands before.
  const { lineEnd, hasComma } = restOfLine(text, start);
  // A comma that stands on a later line parts the new property from the next one.
  const commaBefore = previous !== undefined && !hasComma ? ',' : '';
  const commaAfter = next !== undefined && (previous === undefined || hasComma) ? ',' : '';
  const line = `${commaBefore}${text.slice(start, lineEnd).trimEnd()}${eol}${inner}${property}${commaAfter}`;
  const rest = text.slice(lineEnd);
  const toRest = /^[\r\n]/.test(rest) ? '' : `${eol}${rest.startsWith('}') ? closing : inner}`;
  return `${text.slice(0, start)}${line}${toRest}${rest}`;
}

/** Everything on one line: the new property goes there too. */
function insertInline(
  text: string,
  at: { object: Node; previous: Node | undefined; next: Node | undefined; property: string },
): string {
  const { object, previous, next, property } = at;
  if (next !== undefined) return `${text.slice(0, next.offset)}${property}, ${text.slice(next.offset)}`;
  const end = previous === undefined ? object.offset + 1 : endOf(previous);
  return `${text.slice(0, end)}, ${property}${text.slice(end)}`;
}

function keyOf(property: Node): string {
  return String(property.children?.[0]?.value);
}

function endOf({ offset, length }: Node): number {
  return offset + length;
}

/** From an offset to the end of its line, or to the first thing on it that is neither comma nor comment. */
function restOfLine(text: string, offset: number): { lineEnd: number; hasComma: boolean } {
  const scanner = createScanner(text, false);
  scanner.setPosition(offset);
  let hasComma = false;
  for (let token: number = scanner.scan(); SAME_LINE.has(token); token = scanner.scan()) {
    if (token === TOKEN.comma) hasComma = true;
  }
  return { lineEnd: scanner.getTokenOffset(), hasComma };
}

/** jsonc-parser's SyntaxKind: a const enum, which isolated modules cannot import. */
const TOKEN = { comma: 5, lineComment: 12, blockComment: 13, blank: 15 };
const SAME_LINE: ReadonlySet<number> = new Set(Object.values(TOKEN));

/** The blanks before a place, where nothing else stands before it on its line. */
function ownIndent(text: string, offset: number): string | undefined {
  return /(?:^|\n)([ \t]*)$/.exec(text.slice(0, offset))?.[1];
}

/** The blanks at the beginning of the line of a place. */
function lineIndent(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? '';
}

/** What the file indents with: its first indented line tells. */
function unitOf(text: string): string {
  return /^(\t| +)\S/m.exec(text)?.[1] ?? '  ';
}
