import { createScanner, type ParseError } from 'jsonc-parser';

/** A fault of the JSON itself, by offset. */
export interface SyntaxFault {
  offset: number;
  code: string;
  message: string;
  remedy: string;
}

/** By jsonc-parser's ParseErrorCode (a const enum, which isolated modules cannot import). */
const MESSAGES: Record<number, [message: string, remedy: string]> = {
  1: ['this is no JSON value', 'Keys and texts stand in double quotes; the bare words are true, false and null.'],
  2: ['this number is not written as JSON wants it', 'Write it like 15, -2 or 0.5.'],
  3: ['a key in double quotes is expected here', 'Write "key": value.'],
  4: ['a value is expected here', 'Write a text, a number, true, false, null, a list or an object.'],
  5: ['":" is expected here', 'A key is followed by a colon and its value.'],
  6: ['"," is expected here', 'Separate the entries with commas.'],
  7: ['"}" is expected here', 'Close the object that was opened before.'],
  8: ['"]" is expected here', 'Close the list that was opened before.'],
  9: ['the file should end here', 'Remove what follows the last closing bracket.'],
  10: ['a comment cannot stand here', 'Comments are // to the end of the line, or /* … */.'],
  11: ['this comment is not closed', 'Close it with */.'],
  12: ['this text is not closed', 'Close it with a double quote on the same line.'],
  13: ['this number is not complete', 'Write it like 15, -2 or 0.5.'],
  14: ['this \\u escape is not complete', 'It takes four hexadecimal digits, as in \\u00e7.'],
  15: ['this escape is not known', 'Known are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four digits.'],
  16: ['this character cannot stand in a text', 'Write a line break as \\n and a tab as \\t.'],
};

/** Says what the parser stumbled over; without an error, that there was nothing at all. */
export function toSyntaxFault(text: string, error: ParseError | undefined): SyntaxFault {
  if (error === undefined || text.trim() === '') {
    return { offset: 0, code: 'syntax', message: 'the file is empty', remedy: 'Write an object: { … }.' };
  }
  const offset = Math.min(error.offset, text.length);
  const comma = findCommaBefore(text, offset);
  if (comma !== undefined) {
    return {
      offset: comma,
      code: 'trailing-comma',
      message: `the comma before "${text[offset]}" is one too many`,
      remedy: 'Remove it.',
    };
  }
  const [message, remedy] = MESSAGES[error.error] ?? ['this is not JSON', 'See docs/rules.md for the form of a rule.'];
  return { offset, code: 'syntax', message, remedy };
}

/** Where the comma is that comes just before a closing bracket, comments aside. */
function findCommaBefore(text: string, offset: number): number | undefined {
  if (text[offset] !== '}' && text[offset] !== ']') return undefined;
  const scanner = createScanner(text, true);
  let comma: number | undefined;
  for (let token: number = scanner.scan(); token !== END && scanner.getTokenOffset() < offset; token = scanner.scan()) {
    comma = token === COMMA ? scanner.getTokenOffset() : undefined;
  }
  return comma;
}

/** jsonc-parser's SyntaxKind: a const enum, which isolated modules cannot import. */
const COMMA = 5;
const END = 17;
