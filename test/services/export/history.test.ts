import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../../src/domain/errors.ts';
import { type HistoryItem, readHistory } from '../../../src/domain/export/read-history.ts';
import { exportRows } from '../../../src/services/export/export-rows.ts';
import { saveKnownObject } from '../../../src/store/known-objects.ts';
import { streamDecisions } from '../../../src/store/read/streams/decisions.ts';
import { streamEvents } from '../../../src/store/read/streams/events.ts';
import { liveBusyHistory } from '../../support/busy-history.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';
import { START } from '../../support/timeline.ts';

const DAY = 86_400_000;
const range = { since: START - DAY, until: START + DAY };

describe.each(databases)('a history that is written and read back, on $kind', ({ open }) => {
  let database: TestDatabase;
  let orgId: string;
  let text: string;
  beforeAll(async () => {
    database = await open();
    ({ orgId } = await liveBusyHistory(database, { chats: 6 }));
    const data = { name: 'WhatsApp "north"', departmentId: 'd1' };
    await saveKnownObject(database.db, { orgId, kind: 'channel', id: 'c1', data, fetchedAt: START });
    await saveKnownObject(database.db, { orgId, kind: 'agent', id: 'a1', data: { name: 'Ana' }, fetchedAt: START });
    text = (
      await collect(exportRows(database.db, orgId, { what: 'history', format: 'ndjson', range, now: START + DAY }))
    ).join('');
  });
  afterAll(() => database.close());

  it('holds every event and decision, in the order of time, events first', async () => {
    const { head, items } = await readHistory(chunksOf(text, 1_000), 'h.ndjson');
    expect(head).toMatchObject({ portal: orgId, ...range, zone: 'UTC', exportedAt: START + DAY });
    const read = await collect(items);
    const events = (await collect(streamEvents(database.db, orgId, range))).flat();
    const decisions = (await collect(streamDecisions(database.db, orgId, range))).flat();
    expect(events.length).toBeGreaterThan(20);
    expect(decisions.length).toBeGreaterThan(20);
    expect(of(read, 'event').map(({ event }) => event)).toEqual(events.map(({ seq: _, ...event }) => event));
    expect(of(read, 'decision').map(({ decision }) => decision)).toEqual(decisions);
    const places = read.flatMap((item) => (item.kind === 'event' || item.kind === 'decision' ? [placeOf(item)] : []));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it('names the channels and the rules in force, and no agent', async () => {
    const read = await collect((await readHistory(chunksOf(text, 1_000), 'h.ndjson')).items);
    expect(of(read, 'channel')).toEqual([
      { kind: 'channel', id: 'c1', name: 'WhatsApp "north"', integration: undefined, departmentId: 'd1' },
    ]);
    expect(of(read, 'rules')).toMatchObject([{ activatedAt: START }]);
    expect(text).not.toContain('Ana');
  });

  it.each([1, 2, 7, 100_000])('reads chunks of %i bytes alike, and gzip', async (size) => {
    const short = `${text.split('\n').slice(0, 4).join('\n')}\n`.replaceAll('north', 'nörth ✓');
    const whole = `${short}{"kind":"end","events":${short.split('"kind":"event"').length - 1},"decisions":${short.split('"kind":"decision"').length - 1}}\n`;
    const expected = await collect((await readHistory(chunksOf(whole, 10_000), 'h')).items);
    expect(expected.length).toBeGreaterThan(1);
    expect(await collect((await readHistory(chunksOf(whole, size), 'h')).items)).toEqual(expected);
    const packed = gzipSync(whole);
    expect(await collect((await readHistory(chunksOf(packed, size), 'h.gz')).items)).toEqual(expected);
  });

  it('is refused wherever it is cut off, with the place and what to do', async () => {
    for (let part = 1; part < 40; part += 1) {
      const cut = text.slice(0, Math.floor((text.length * part) / 40));
      const fault = await faultOf(chunksOf(cut, 4_096));
      expect(fault?.message).toMatch(/^h(?::\d+:\d+: this line is cut off| is cut off: its last line is missing)$/);
      expect(fault?.remedy).toContain('export it anew');
      expect((await faultOf(chunksOf(gzipSync(text).subarray(0, -part), 4_096)))?.message).toBe(
        'h: the compressed file is cut off or damaged',
      );
    }
  });

  it.each([
    ['', 'h is empty'],
    ['{"type":"IM_Message_Add"}\n', 'h:1:1: this is no history: its first line is not "kind":"vigia.history"'],
    ['not json\n', 'h:1:1: this is not JSON'],
    ['HEAD{"kind":"event","at":"yesterday"}\n', 'h:2:'],
    ['HEAD[1]\n', 'h:2:1: this line is no object with a "kind"'],
    [
      'HEAD{"kind":"end","events":3,"decisions":0}\n',
      'h:2:1: the file should have 3 events and 0 decisions, and has 0 and 0',
    ],
  ])('tells where %j is wrong', async (written, message) => {
    const [head] = text.split('\n');
    const fault = await faultOf(chunksOf(written.replace('HEAD', `${head}\n`), 16));
    expect(fault?.message).toContain(message);
    expect(fault?.remedy).toBeTruthy();
  });

  it('passes over kinds of lines that it does not know, and refuses a version that it does not know', async () => {
    const [head = ''] = text.split('\n');
    const newer = `${head}\n{"kind":"weather"}\n{"kind":"end","events":0,"decisions":0}\n`;
    expect(await faultOf(chunksOf(newer, 64))).toBeUndefined();
    const fault = await faultOf(chunksOf(newer.replace('"version":1', '"version":2'), 64));
    expect(fault?.message).toContain('this history has version 2');
  });
});

async function faultOf(chunks: AsyncIterable<Uint8Array>): Promise<AppError | undefined> {
  try {
    await collect((await readHistory(chunks, 'h')).items);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function of<K extends HistoryItem['kind']>(items: readonly HistoryItem[], kind: K) {
  return items.filter((item): item is Extract<HistoryItem, { kind: K }> => item.kind === kind);
}

/** Twice the time, and one more for a decision. */
function placeOf(item: Extract<HistoryItem, { kind: 'event' | 'decision' }>): number {
  return item.kind === 'event' ? item.event.receivedAt * 2 : item.decision.decidedAt * 2 + 1;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* chunksOf(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
