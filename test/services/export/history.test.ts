import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportRows } from '../../../src/services/export/export-rows.ts';
import { saveKnownObject } from '../../../src/store/known-objects.ts';
import { streamDecisions } from '../../../src/store/read/streams/decisions.ts';
import { streamEvents } from '../../../src/store/read/streams/events.ts';
import { type LineRecord, readRecord } from '../../../src/trial/backtest/read-record.ts';
import { liveBusyHistory } from '../../support/busy-history.ts';
import { databases, type TestDatabase } from '../../support/databases.ts';
import { START } from '../../support/timeline.ts';

const DAY = 86_400_000;
const range = { since: START - DAY, until: START + DAY };

describe.each(databases)('a history that is written and read back by a backtest, on $kind', ({ open }) => {
  let database: TestDatabase;
  let orgId: string;
  let lines: string[];
  let records: LineRecord[];
  beforeAll(async () => {
    database = await open();
    ({ orgId } = await liveBusyHistory(database, { chats: 3 }));
    const data = { name: 'WhatsApp "north"', departmentId: 'd1' };
    await saveKnownObject(database.db, { orgId, kind: 'channel', id: 'c1', data, fetchedAt: START });
    await saveKnownObject(database.db, { orgId, kind: 'agent', id: 'a1', data: { name: 'Ana' }, fetchedAt: START });
    const request = { what: 'history', format: 'ndjson', range, now: START + DAY } as const;
    lines = (await collect(exportRows(database.db, orgId, request))).join('').trimEnd().split('\n');
    records = lines.flatMap((line) => readRecord(line));
  });
  afterAll(() => database.close());

  it('holds every event and decision, in the order of time, events first', async () => {
    const events = (await collect(streamEvents(database.db, orgId, range))).flat();
    const decisions = (await collect(streamDecisions(database.db, orgId, range))).flat();
    expect(events.length).toBeGreaterThan(10);
    expect(decisions.length).toBeGreaterThan(10);
    expect(of('event').map(({ event }) => ({ ...event, orgId }))).toEqual(events.map(({ seq: _, ...event }) => event));
    expect(of('decision').map(({ decision }) => decision)).toEqual(
      decisions.map(({ id: _, orgId: __, ...decision }) => decision),
    );
    const places = records.flatMap((record) => placeOf(record) ?? []);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    const counts = { events: events.length, decisions: decisions.length };
    expect(JSON.parse(lines.at(-1) ?? '')).toEqual({ kind: 'end', ...counts });
  });

  it('says what it is, and names the channels and the rules in force, and no agent', () => {
    expect(records[0]).toEqual({ kind: 'history', portal: orgId, until: range.until });
    const channel = { name: 'WhatsApp "north"', departmentId: 'd1' };
    expect(of('channel')).toEqual([{ kind: 'channel', id: 'c1', channel }]);
    expect(lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'rules')).toMatchObject([
      { activatedAt: new Date(START).toISOString() },
    ]);
    expect(of('fault')).toEqual([]);
    expect(lines.join()).not.toContain('Ana');
  });

  function of<K extends LineRecord['kind']>(kind: K) {
    return records.filter((record): record is Extract<LineRecord, { kind: K }> => record.kind === kind);
  }
});

/** Twice the time, and one more for a decision. */
function placeOf(record: LineRecord): number | undefined {
  if (record.kind === 'event') return record.event.receivedAt * 2;
  return record.kind === 'decision' ? record.decision.decidedAt * 2 + 1 : undefined;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
