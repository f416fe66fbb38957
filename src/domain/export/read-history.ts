import type * as z from 'zod';
import type { Decision } from '../decision.ts';
import { AppError } from '../errors.ts';
import type { DeskEvent } from '../event.ts';
import { isJsonObject } from '../json.ts';
import { HISTORY_VERSION, type HistoryHead, type HistoryLine, headSchema, lineSchemas } from './history-lines.ts';
import { readLines, type TextLine } from './read-lines.ts';

/** What a history holds, one thing after the other: events and decisions in the order of their times. */
export type HistoryItem =
  | Extract<HistoryLine, { kind: 'rules' | 'channel' }>
  | { kind: 'event'; event: DeskEvent }
  | { kind: 'decision'; decision: Omit<Decision, 'trace'> & { id: number } };

export interface History {
  head: HistoryHead;
  /** To be read once. Throws at the first line that cannot be read, and when the file is not whole. */
  items: AsyncGenerator<HistoryItem, void, undefined>;
}

/** More than any event has: one is a part of a request of at most 1 MiB. */
const MAX_LINE_LENGTH = 8_388_608;
const WRITE_ONE = 'Write one with: vigia export history --out FILE.';
const EXPORT_ANEW = 'Copy the file again whole, or export it anew.';

/**
 * Reads what `vigia export history` wrote, plain or gzip, as a stream.
 * @param name of the file, for faults: `name:line:column: what is wrong`
 * @throws AppError bad_request, with place and remedy
 */
export async function readHistory(chunks: AsyncIterable<Uint8Array>, name: string): Promise<History> {
  const lines = readLines(chunks, { name, maxLength: MAX_LINE_LENGTH });
  const first = await lines.next();
  if (first.done === true) throw new AppError('bad_request', `${name} is empty`, { remedy: WRITE_ONE });
  const value = parse(first.value, name);
  if (!isJsonObject(value) || value['kind'] !== 'vigia.history') {
    throw fault(name, first.value, 1, 'this is no history: its first line is not "kind":"vigia.history"', WRITE_ONE);
  }
  const head = read(headSchema, value, first.value, name);
  if (head.version > HISTORY_VERSION) {
    throw fault(
      name,
      first.value,
      1,
      `this history has version ${head.version}, and this Vigia knows ${HISTORY_VERSION}`,
      'Use the Vigia that wrote it, or a newer one.',
    );
  }
  return { head, items: readItems(lines, head, name) };
}

async function* readItems(
  lines: AsyncGenerator<TextLine>,
  { portal: orgId }: HistoryHead,
  name: string,
): AsyncGenerator<HistoryItem, void, undefined> {
  const read = { events: 0, decisions: 0 };
  for await (const line of lines) {
    const item = readItem(line, name);
    switch (item?.kind) {
      case 'event': {
        const { kind, ...event } = item;
        read.events += 1;
        yield { kind, event: { orgId, ...withoutUndefined(event) } };
        break;
      }
      case 'decision': {
        const { kind, ...decision } = item;
        read.decisions += 1;
        yield { kind, decision: { orgId, ...withoutUndefined(decision) } };
        break;
      }
      case 'end':
        if (item.events === read.events && item.decisions === read.decisions) return;
        throw fault(
          name,
          line,
          1,
          `the file should have ${item.events} events and ${item.decisions} decisions, and has ${read.events} and ${read.decisions}`,
          EXPORT_ANEW,
        );
      default:
        if (item !== undefined) yield item;
    }
  }
  throw new AppError('bad_request', `${name} is cut off: its last line is missing`, { remedy: EXPORT_ANEW });
}

/** Undefined for a kind of line that a later version may have brought. */
function readItem(line: TextLine, name: string): HistoryLine | undefined {
  const value = parse(line, name);
  if (!isJsonObject(value) || typeof value['kind'] !== 'string') {
    throw fault(name, line, 1, 'this line is no object with a "kind"', EXPORT_ANEW);
  }
  const { kind } = value;
  return Object.hasOwn(lineSchemas, kind) ? read(schemaOf(kind), value, line, name) : undefined;
}

/** Guarantee: the caller has seen that it is a key of the schemas; what a schema gives is a line. */
function schemaOf(kind: string): z.ZodType<HistoryLine> {
  return lineSchemas[kind as keyof typeof lineSchemas] as z.ZodType<HistoryLine>;
}

function parse(line: TextLine, name: string): unknown {
  try {
    return JSON.parse(line.text);
  } catch (error) {
    if (!line.ended) throw fault(name, line, line.text.length, 'this line is cut off', EXPORT_ANEW);
    const [, position = '0'] = /position (\d+)/.exec(String(error)) ?? [];
    throw fault(name, line, Number(position) + 1, 'this is not JSON', EXPORT_ANEW);
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown, line: TextLine, name: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const [key = ''] = issue?.path ?? [];
  const column = line.text.indexOf(`"${String(key)}"`) + 1;
  throw fault(name, line, Math.max(1, column), `"${issue?.path.join('.')}": ${issue?.message}`, EXPORT_ANEW);
}

function fault(name: string, { number }: TextLine, column: number, what: string, remedy: string): AppError {
  return new AppError('bad_request', `${name}:${number}:${column}: ${what}`, { remedy });
}

/** Guarantee: properties that are absent are optional ones of the type. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
