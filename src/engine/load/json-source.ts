import { createScanner, type Node, type ParseError, parseTree } from 'jsonc-parser';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { RuleFault } from '../../domain/rule.ts';
import { createLineIndex, type Position } from './line-index.ts';
import { type SyntaxFault, toSyntaxFault } from './syntax-fault.ts';

/**
 * A JSON file with comments, and where each of its values stands. Stricter than most parsers: a duplicate key, a comma
 * before a closing bracket and a number that JavaScript cannot hold exactly are faults, because each is a mistake that
 * would otherwise pass unseen.
 */
export type JsonPath = readonly (string | number)[];

export interface JsonSource {
  file: string;
  text: string;
  value: Json;
  /** Of the value at a path or of its key; where nothing is there, of what is nearest above it. */
  positionOf(path: JsonPath, on: 'key' | 'value'): Position;
  /** Of a place within the text at a path; `offset` counts UTF-16 units of the text's value. */
  positionInText(path: JsonPath, offset: number): Position;
}

export const MAX_FILE_BYTES = 262_144;
/** Deeper than any rule needs, shallower than any stack. */
const MAX_DEPTH = 100;

export function parseJsonSource(
  file: string,
  rawText: string,
): { ok: true; source: JsonSource } | { ok: false; faults: RuleFault[] } {
  // A byte order mark becomes a blank, so that offsets stay what an editor shows.
  const text = rawText.replace(/^\uFEFF/, ' ');
  const position = createLineIndex(text);
  const fail = (...faults: SyntaxFault[]) => ({
    ok: false as const,
    faults: faults.map(({ offset, code, message, remedy }) => ({
      severity: 'error' as const,
      file,
      ...position(offset),
      code,
      message,
      remedy,
    })),
  });
  const tooMuch = findExcess(text);
  if (tooMuch !== undefined) return fail(tooMuch);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: false });
  const [first] = errors;
  // Only the first: the parser goes on as best it can, and what it says next mostly follows from it.
  if (first !== undefined || root === undefined) return fail(toSyntaxFault(text, first));
  const faults: SyntaxFault[] = [];
  const value = toValue(root, text, faults);
  if (faults.length > 0) return fail(...faults);
  return { ok: true, source: createSource(file, text, root, value, position) };
}

function createSource(
  file: string,
  text: string,
  root: Node,
  value: Json,
  position: (offset: number) => Position,
): JsonSource {
  return {
    file,
    text,
    value,
    positionOf(path, on) {
      const { node, found } = locate(root, path);
      const property = node.parent;
      const key = property?.type === 'property' ? property.children?.[0] : undefined;
      return position(on === 'key' && found && key !== undefined ? key.offset : node.offset);
    },
    positionInText(path, offset) {
      const { node } = locate(root, path);
      return position(node.type === 'string' ? rawOffset(text, node, offset) : node.offset);
    },
  };
}

/** The node at a path, or the nearest one above it. */
function locate(root: Node, path: JsonPath): { node: Node; found: boolean } {
  let node = root;
  for (const segment of path) {
    const next =
      typeof segment === 'number' && node.type === 'array'
        ? node.children?.[segment]
        : node.children?.find((property) => property.children?.[0]?.value === String(segment))?.children?.[1];
    if (next === undefined) return { node, found: false };
    node = next;
  }
  return { node, found: true };
}

/** Escapes in the source make a text longer there than its value: steps over them up to the value's offset. */
function rawOffset(text: string, node: Node, valueOffset: number): number {
  let raw = node.offset + 1;
  for (let passed = 0; passed < valueOffset && raw < node.offset + node.length - 1; passed++) {
    if (text[raw] !== '\\') raw += 1;
    else raw += text[raw + 1] === 'u' ? 6 : 2;
  }
  return raw;
}

function findExcess(text: string): SyntaxFault | undefined {
  // A UTF-16 unit takes three bytes at the most.
  if (text.length * 3 > MAX_FILE_BYTES && new TextEncoder().encode(text).length > MAX_FILE_BYTES) {
    return {
      offset: 0,
      code: 'file-too-large',
      message: `the file is larger than ${MAX_FILE_BYTES / 1024} KiB`,
      remedy: 'Split it: one rule, one file.',
    };
  }
  if (!mayBeDeep(text)) return undefined;
  // The parser recurses; how deep it will go is told by a scan of the tokens, which does not.
  const scanner = createScanner(text, true);
  let depth = 0;
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    if (token === TOKEN.openBrace || token === TOKEN.openBracket) depth += 1;
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) depth -= 1;
    if (depth > MAX_DEPTH) {
      return {
        offset: scanner.getTokenOffset(),
        code: 'nested-too-deep',
        message: `nested more than ${MAX_DEPTH} levels deep`,
        remedy: 'Move parts of the conditions into conditions.json.',
      };
    }
  }
  return undefined;
}

/** A text with no more brackets than levels that are allowed cannot nest deeper; that spares most files the scan. */
function mayBeDeep(text: string): boolean {
  let brackets = 0;
  for (let at = 0; at < text.length && brackets <= MAX_DEPTH; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit === OPEN_BRACE || unit === OPEN_BRACKET) brackets += 1;
  }
  return brackets > MAX_DEPTH;
}

const OPEN_BRACE = '{'.charCodeAt(0);
const OPEN_BRACKET = '['.charCodeAt(0);

/** jsonc-parser's SyntaxKind: a const enum, which isolated modules cannot import. */
const TOKEN = { openBrace: 1, closeBrace: 2, openBracket: 3, closeBracket: 4, end: 17 };

function toValue(node: Node, text: string, faults: SyntaxFault[]): Json {
  switch (node.type) {
    case 'object':
      return toObject(node, text, faults);
    case 'array':
      return (node.children ?? []).map((child) => toValue(child, text, faults));
    case 'number': {
      const exact = Number.isFinite(node.value) && (!Number.isInteger(node.value) || Number.isSafeInteger(node.value));
      if (!exact) {
        faults.push({
          offset: node.offset,
          code: 'inexact-number',
          message: `${text.slice(node.offset, node.offset + node.length).slice(0, 40)} is more than a number can hold exactly`,
          remedy: 'Write ids in quotes: they are texts.',
        });
      }
      return exact ? Number(node.value) : 0;
    }
    case 'string':
      return String(node.value);
    case 'boolean':
      return node.value === true;
    default:
      return null;
  }
}

function toObject(node: Node, text: string, faults: SyntaxFault[]): JsonObject {
  const object: JsonObject = {};
  for (const property of node.children ?? []) {
    const [key, child] = property.children ?? [];
    if (key === undefined || child === undefined) continue;
    const name = String(key.value);
    if (name === '__proto__') {
      faults.push({
        offset: key.offset,
        code: 'forbidden-key',
        message: '"__proto__" cannot be a key',
        remedy: 'Name it otherwise.',
      });
    } else if (Object.hasOwn(object, name)) {
      faults.push({
        offset: key.offset,
        code: 'duplicate-key',
        message: `the key "${name}" stands here a second time`,
        remedy: 'Keep one of the two: only the last would count.',
      });
    } else {
      object[name] = toValue(child, text, faults);
    }
  }
  return object;
}
