import { type SQL, sql } from 'drizzle-orm';
import type { ComputedKey, HistoryKey } from '../../src/domain/computed.ts';
import { type Db, rowsOf } from '../../src/store/database.ts';
import { agentsQuery, listAgentsWithChats } from '../../src/store/facts/agents.ts';
import { channelsQuery, listChannelsWithChats } from '../../src/store/facts/channels.ts';
import { historiesQuery } from '../../src/store/facts/history.ts';
import { queuesQuery } from '../../src/store/facts/queue.ts';
import { postgresKind, type TestDatabase } from '../../test/support/databases.ts';
import { formatNumber, formatTable, quantile } from '../statistics.ts';

/** What each computed fact costs on a desk with a history: its statement, the indexes that it goes by, and their price. */
export interface FactsFigures {
  sessions: number;
  open: number;
  transitions: number;
  rows: FactRow[];
  /** Storing 1,000 transitions in batches of 200, with the indexes that only facts use and without them; ms. */
  writes: { with: number; without: number };
}

export interface FactRow {
  fact: string;
  p50: number;
  p99: number;
  /** Those that the planner chose. */
  indexes: string[];
}

/** What the desk is promised to be answered in, ms. */
export const MAX_FACT_MS = 20;

export interface FactsSize {
  sessions: number;
  open: number;
}

const ORG = 'bench';
const DAYS = 90;
const CHANNELS = 20;
const AGENTS = 200;
/** Status events of each chat. */
const STEPS = 50;
/** Few enough that a statement lasts some seconds, on a busy machine too. */
const CHUNK = 1_000;
const BATCH = 200;
const RUNS = 50;
const DAY_MS = 86_400_000;

export async function measureFacts({ sessions, open }: FactsSize): Promise<FactsFigures> {
  const database = await postgresKind.open();
  try {
    const now = Date.now();
    await fillDesk(database.db, { sessions, open, now });
    const rows: FactRow[] = [];
    for (const [fact, query] of statementsAt(now, sessions)) rows.push(await measure(database.db, fact, query));
    rows.push(await measureCall('channels with chats', () => listChannelsWithChats(database.db, ORG)));
    rows.push(await measureCall('agents with chats', () => listAgentsWithChats(database.db, ORG, now - 7 * DAY_MS)));
    const writes = await measureWrites(database, now);
    return { sessions, open, transitions: sessions * STEPS, rows, writes };
  } finally {
    await database.close();
  }
}

/** Statements that differ from run to run as rules, chats and people do. */
function statementsAt(at: number, sessions: number): [string, (run: number) => SQL][] {
  const history = (by: HistoryKey['by'], id: string, withinMs: number): HistoryKey => ({
    kind: 'history',
    at,
    withinMs,
    by,
    id,
    status: 'ON_HOLD',
  });
  const channelIds = Array.from({ length: CHANNELS }, (_, number) => `c${number}`);
  const agents = Array.from({ length: AGENTS }, (_, number) => `a${number}`);
  const queue = { kind: 'queue', at } as const;
  const key = <K extends ComputedKey>(one: K): K => one;
  return [
    ['queue, the whole desk', () => queuesQuery(ORG, [queue])],
    [
      'queue of a department, unassigned, old',
      (run) =>
        queuesQuery(ORG, [
          {
            ...queue,
            statuses: ['OPEN'],
            unassigned: true,
            olderThanMs: 300_000,
            channelIds: channelIds.slice(run % 15, (run % 15) + 5),
          },
        ]),
    ],
    [
      'queue of each of 20 channels',
      () =>
        queuesQuery(
          ORG,
          channelIds.map((id) => ({ ...queue, channelIds: [id] })),
        ),
    ],
    [
      'history by session, 30 days',
      (run) => historiesQuery(ORG, [history('session', `s${(run * 977) % sessions}`, 30 * DAY_MS)]),
    ],
    ['history by channel, 1 hour', (run) => historiesQuery(ORG, [history('channel', `c${run % CHANNELS}`, 3_600_000)])],
    ['history by channel, 1 day', (run) => historiesQuery(ORG, [history('channel', `c${run % CHANNELS}`, DAY_MS)])],
    ['history by assignee, 1 day', (run) => historiesQuery(ORG, [history('assignee', `a${run % AGENTS}`, DAY_MS)])],
    ['channel', (run) => channelsQuery(ORG, [key({ kind: 'channel', at, id: `c${run % CHANNELS}` })])],
    [
      'each of 20 channels',
      () =>
        channelsQuery(
          ORG,
          channelIds.map((id) => key({ kind: 'channel', at, id })),
        ),
    ],
    ['agent', (run) => agentsQuery(ORG, [key({ kind: 'agent', at, id: `a${run % AGENTS}` })])],
    [
      'each of 200 agents',
      () =>
        agentsQuery(
          ORG,
          agents.map((id) => key({ kind: 'agent', at, id })),
        ),
    ],
  ];
}

async function measure(db: Db, fact: string, query: (run: number) => SQL): Promise<FactRow> {
  const plan = rowsOf<{ 'QUERY PLAN': unknown }>(await db.execute(sql`explain (format json) ${query(0)}`));
  const text = JSON.stringify(plan);
  const indexes = [
    ...new Set([...text.matchAll(/"Index Name":\s*"([^"]+)"/g)].flatMap(([, name]) => name ?? [])),
  ].sort();
  const row = await measureCall(fact, (run) => db.execute(query(run)));
  return { ...row, indexes };
}

async function measureCall(fact: string, call: (run: number) => Promise<unknown>): Promise<FactRow> {
  for (let run = 0; run < 5; run += 1) await call(run);
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedAt = performance.now();
    await call(run);
    times.push(performance.now() - startedAt);
  }
  return { fact, p50: quantile(times, 0.5), p99: quantile(times, 0.99), indexes: [] };
}

/** Chats at even distances over three months; the last ones are open. Autovacuum may be off: it is done here. */
async function fillDesk(db: Db, { sessions, open, now }: FactsSize & { now: number }): Promise<void> {
  const start = new Date(now - DAYS * DAY_MS).toISOString();
  const stepMs = (DAYS * DAY_MS) / sessions;
  const began = sql`${start}::timestamptz + n * ${stepMs}::float8 * interval '1 ms'`;
  for (let from = 0; from < sessions; from += CHUNK) {
    const numbers = sql`generate_series(${from}::int, ${Math.min(sessions, from + CHUNK) - 1}::int) as n`;
    const isOpen = sql`n >= ${sessions - open}::int`;
    const status = sql`case when ${isOpen} then (array['OPEN', 'ON_HOLD', 'ON_PROGRESS'])[1 + n % 3] else 'ENDED' end`;
    await db.execute(sql`
      insert into sessions (org_id, id, status, status_since, assignee_id, assignee_type, channel_id, created_at, holds,
        reassignments, messages_in, messages_out, time_in, last_event_at)
      select ${ORG}, 's' || n, ${status}, ${began}, case when ${isOpen} and n % 3 = 0 then null else 'a' || n % ${AGENTS}::int end,
        'AGENT', 'c' || n % ${CHANNELS}::int, ${began}, 3, 1, 3, 2, '{"OPEN": 60000, "ON_HOLD": 900000}', ${began}
      from ${numbers}`);
    await db.execute(sql`
      insert into transitions (org_id, session_id, at, event_key, from_status, to_status, assignee_id, assignee_type,
        channel_id, gap, late, inferred, assignee_changed, recorded_at)
      select ${ORG}, 's' || n, ${began} + step * interval '1 minute', md5(n || ' ' || step),
        (array['OPEN', 'ON_PROGRESS', 'ON_HOLD', 'ON_PROGRESS'])[1 + step % 4],
        (array['ON_PROGRESS', 'ON_HOLD', 'ON_PROGRESS', 'OPEN'])[1 + step % 4],
        'a' || n % ${AGENTS}::int, 'AGENT', 'c' || n % ${CHANNELS}::int, false, false, false, false, ${began}
      from ${numbers} cross join generate_series(0, ${STEPS - 1}::int) as step`);
    await db.execute(sql`
      insert into messages (org_id, session_id, at, event_key, direction, channel_id, length)
      select ${ORG}, 's' || n, ${began} + step * interval '1 minute', md5(n || ' message ' || step), 'IN',
        'c' || n % ${CHANNELS}::int, 20
      from ${numbers} cross join generate_series(0, 4) as step`);
  }
  for (const table of ['sessions', 'transitions', 'messages']) await db.execute(sql.raw(`vacuum analyze ${table}`));
}

/** The same rows as judging writes them, with and without the two indexes that history by channel and assignee go by. */
async function measureWrites({ db }: TestDatabase, now: number): Promise<FactsFigures['writes']> {
  let number = 0;
  const write = async () => {
    const startedAt = performance.now();
    for (let batch = 0; batch < 1_000 / BATCH; batch += 1) {
      number += BATCH;
      await db.execute(sql`
        insert into transitions (org_id, session_id, at, event_key, from_status, to_status, assignee_id, assignee_type,
          channel_id, gap, late, inferred, assignee_changed, recorded_at)
        select ${ORG}, 'w' || n, ${new Date(now).toISOString()}::timestamptz + n * interval '1 ms', md5('w' || n),
          'OPEN', 'ON_HOLD', 'a' || n % ${AGENTS}::int, 'AGENT', 'c' || n % ${CHANNELS}::int, false, false, false, false,
          ${new Date(now).toISOString()}::timestamptz
        from generate_series(${number}::int, ${number + BATCH - 1}::int) as n`);
    }
    return performance.now() - startedAt;
  };
  const rounds = async () => {
    await write();
    const times: number[] = [];
    for (let round = 0; round < 30; round += 1) times.push(await write());
    return quantile(times, 0.5);
  };
  const withIndexes = await rounds();
  await db.execute(sql`drop index transitions_by_channel`);
  await db.execute(sql`drop index transitions_by_assignee`);
  return { with: withIndexes, without: await rounds() };
}

export function formatFacts({ sessions, open, transitions, rows, writes }: FactsFigures): string {
  const table = formatTable([
    ['computed fact', 'p50 ms', 'p99 ms'],
    ...rows.map(({ fact, p50, p99 }) => [fact, p50.toFixed(1), p99.toFixed(1)]),
  ]);
  const chosen = rows
    .filter(({ indexes }) => indexes.length > 0)
    .map(({ fact, indexes }) => `${fact}: ${indexes.join(', ')}`);
  const size = `${formatNumber(sessions)} chats, ${formatNumber(open)} of them open, ${formatNumber(transitions)} transitions`;
  const price = `storing 1,000 transitions: ${writes.with.toFixed(0)} ms with the indexes of history by channel and assignee, ${writes.without.toFixed(0)} ms without`;
  return [size, table, chosen.join('\n'), price].join('\n\n');
}
