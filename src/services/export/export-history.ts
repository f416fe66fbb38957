import { HISTORY_VERSION, type HistoryLine } from '../../domain/export/history-lines.ts';
import type { Json } from '../../domain/json.ts';
import type { Db } from '../../store/database.ts';
import { loadKnownObjects } from '../../store/known-objects.ts';
import { type RecordedDecision, streamDecisions } from '../../store/read/streams/decisions.ts';
import { type StoredEvent, streamEvents } from '../../store/read/streams/events.ts';
import type { TimeRange } from '../../store/read/streams/pages.ts';
import { loadActivations } from '../../store/rulesets.ts';
import { DECISION_COLUMNS, EVENT_COLUMNS, toObject } from './columns.ts';

/**
 * All that a backtest elsewhere needs of a stretch of time, as domain/export/history-lines.ts describes it: the names of
 * channels, which rules were in force, and events and decisions in the order of their times. No names of people.
 */
export async function* exportHistory(
  db: Db,
  orgId: string,
  range: TimeRange,
  now: number,
  { decisions = true }: { decisions?: boolean } = {},
): AsyncGenerator<string> {
  const iso = (at: number) => new Date(at).toISOString();
  const head: HistoryLine = {
    kind: 'vigia.history',
    version: HISTORY_VERSION,
    portal: orgId,
    since: iso(range.since),
    until: iso(range.until),
    zone: 'UTC',
    exportedAt: iso(now),
  };
  const [activations, known] = await Promise.all([loadActivations(db, orgId, range), loadKnownObjects(db, orgId)]);
  const rules = activations.map(
    ({ hash, activatedAt, changedRules }): HistoryLine => ({
      kind: 'rules',
      hash,
      activatedAt: iso(activatedAt),
      changedRules,
    }),
  );
  const channels = known
    .filter(({ kind }) => kind === 'channel')
    .map(
      ({ id, data: { name, integration, departmentId } }): HistoryLine => ({
        kind: 'channel',
        id,
        name: toText(name),
        integration: toText(integration),
        departmentId: toText(departmentId),
      }),
    );
  yield [head, ...rules, ...channels].map(toLine).join('');
  const written = { events: 0, decisions: 0 };
  for await (const batch of merge(
    streamEvents(db, orgId, range),
    decisions ? streamDecisions(db, orgId, range) : none(),
  )) {
    const lines = batch.map((row) => {
      written['seq' in row ? 'events' : 'decisions'] += 1;
      return toLine(
        'seq' in row
          ? { kind: 'event', ...toObject(EVENT_COLUMNS, row) }
          : { kind: 'decision', ...toObject(DECISION_COLUMNS, row) },
      );
    });
    yield lines.join('');
  }
  yield toLine({ kind: 'end', ...written });
}

async function* none(): AsyncGenerator<never[]> {}

type Row = StoredEvent | RecordedDecision;

const timeOf = (row: Row) => ('seq' in row ? row.receivedAt : row.decidedAt);

/** Two streams as one, in the order of time; of what is at one instant, the events come first. */
async function* merge(events: AsyncGenerator<StoredEvent[]>, decisions: AsyncGenerator<RecordedDecision[]>) {
  let received: readonly Row[] = (await events.next()).value ?? [];
  let decided: readonly Row[] = (await decisions.next()).value ?? [];
  while (received.length + decided.length > 0) {
    // Further events may be of the very instant at which this batch ends; of decisions that does not matter.
    const [eventsUntil, decisionsUntil] = [lastOf(received), lastOf(decided)];
    const [comes, comesLater] = split(received, (row) => timeOf(row) <= decisionsUntil);
    const [taken, takenLater] = split(decided, (row) => timeOf(row) < eventsUntil);
    yield [...comes, ...taken].sort((a, b) => timeOf(a) - timeOf(b));
    received = comesLater.length > 0 ? comesLater : ((await events.next()).value ?? []);
    decided = takenLater.length > 0 ? takenLater : ((await decisions.next()).value ?? []);
  }
}

function lastOf(rows: readonly Row[]): number {
  const last = rows.at(-1);
  return last === undefined ? Number.POSITIVE_INFINITY : timeOf(last);
}

/** The rows up to the first one of which it is not so, and the rest. */
function split(rows: readonly Row[], isNow: (row: Row) => boolean): [Row[], Row[]] {
  const first = rows.findIndex((row) => !isNow(row));
  return first === -1 ? [[...rows], []] : [rows.slice(0, first), rows.slice(first)];
}

function toText(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function toLine(line: HistoryLine): string {
  return `${JSON.stringify(line)}\n`;
}
