import { isJsonObject, type Json } from './json.ts';

/**
 * JSON from outside, made fit for the rest of the service. Three things that `JSON.parse` lets through are dealt with
 * here once: numbers that lose digits, texts that PostgreSQL's jsonb refuses (one of them would fail the insert of the
 * whole batch), and nesting that overflows the stack of whoever walks it.
 */

/** Deepest nesting that is kept. Zoho's own payloads stay below 10. */
export const MAX_DEPTH = 40;

/** A number outside quotes that may not fit: many digits, or an exponent. Also met within texts, which only costs time. */
const LONG_NUMBER = /[[:,\s]-?(?:\d{16}|[\d.]+[eE])/;

/** Parses a text; numbers that a double cannot hold come as strings of their digits. Undefined for what is no JSON. */
export function parseJsonText(text: string): { value: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return { value: LONG_NUMBER.test(text) ? JSON.parse(quoteLongNumbers(text)) : value };
  } catch {
    return undefined;
  }
}

/**
 * Puts quotes around the numbers that would lose digits, in a text that is valid JSON. A scan of the text and no reviver with
 * `context.source`: a reviver recurses, so that one deep item would take its neighbours with it.
 */
function quoteLongNumbers(text: string): string {
  let quoted = '';
  let copiedTo = 0;
  let at = 0;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(text, at);
    } else if (char === MINUS || isDigit(char)) {
      const start = at;
      do at += 1;
      while (at < text.length && isNumberPart(text.charCodeAt(at)));
      const number = text.slice(start, at);
      if (losesDigits(number)) {
        quoted += `${text.slice(copiedTo, start)}"${number}"`;
        copiedTo = at;
      }
    } else {
      at += 1;
    }
  }
  return quoted + text.slice(copiedTo);
}

/** Integers beyond ±2^53, and what is too large for any number. */
function losesDigits(number: string): boolean {
  const value = Number(number);
  return !Number.isFinite(value) || (/^-?\d+$/.test(number) && !Number.isSafeInteger(value));
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;

const isDigit = (char: number) => char >= 0x30 && char <= 0x39;
/** Digits and `. + - e E`. */
const isNumberPart = (char: number) =>
  isDigit(char) || char === 0x2e || char === 0x2b || char === MINUS || char === 0x65 || char === 0x45;

/** Index after the closing quote of the string that opens at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at + 1;
}

/**
 * A copy that jsonb can hold: NUL and lone surrogates become U+FFFD in texts and keys, and a key `__proto__` (which an
 * ordinary assignment would take for the prototype) is left out. Undefined when it is nested deeper than `depth`.
 */
export function toStorable(value: unknown, depth: number = MAX_DEPTH): Json | undefined {
  if (typeof value === 'string') return cleanText(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  if (depth === 0) return undefined;
  if (Array.isArray(value)) {
    const copy: Json[] = [];
    for (const child of value) {
      const stored = toStorable(child, depth - 1);
      if (stored === undefined) return undefined;
      copy.push(stored);
    }
    return copy;
  }
  if (!isJsonObject(value)) return undefined;
  const copy: { [key: string]: Json } = {};
  for (const key of keysOf(value)) {
    const stored = toStorable(value[key], depth - 1);
    if (stored === undefined) return undefined;
    copy[cleanText(key)] = stored;
  }
  return copy;
}

/** In a fixed order when some are cleaned: two that become the same must not depend on which came first. */
function keysOf(value: object): string[] {
  const keys = Object.keys(value).filter((key) => key !== '__proto__');
  return keys.some((key) => cleanText(key) !== key) ? keys.sort() : keys;
}

/** The text as the database takes it: NUL and lone surrogates become U+FFFD. */
export function cleanText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed;
}
