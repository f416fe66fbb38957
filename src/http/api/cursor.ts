import * as z from 'zod';
import { AppError } from '../../domain/errors.ts';
import type { TimePosition } from '../../store/read/page.ts';

/** Cursors are opaque to clients: base64url of the JSON of the place in the list behind which the next page starts. */
export interface CursorCodec<Position> {
  encode(position: Position | undefined): string | null;
  /** Throws `bad_request` for what no list of this kind has given out. */
  decode(cursor: string | undefined): Position | undefined;
}

export function createCursorCodec<Position>(schema: z.ZodType<Position>): CursorCodec<Position> {
  return {
    encode: (position) => (position === undefined ? null : toBase64Url(JSON.stringify(position))),
    decode(cursor) {
      if (cursor === undefined) return undefined;
      const parsed = schema.safeParse(parseBase64Url(cursor));
      if (parsed.success) return parsed.data;
      throw new AppError('bad_request', 'cursor: not a cursor of this list.', {
        remedy: 'Give the nextCursor of the page before, or leave it out to start anew.',
      });
    },
  };
}

/** An instant that the database knows: up to the year 9999. */
export const instantSchema = z.int().min(0).max(253_402_300_799_999);

export const timeCursor = createCursorCodec<TimePosition>(
  z.strictObject({ at: instantSchema, id: z.string().max(1_000).refine(isText) }),
);
export const numberCursor = createCursorCodec<number>(z.int().min(0));

/** Whether PostgreSQL takes it as a text. */
export function isText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

function toBase64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

function parseBase64Url(text: string): unknown {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
