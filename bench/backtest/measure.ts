import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { DeskEvent } from '../../src/domain/event.ts';
import { createJudging, type Judged } from '../../src/trial/judging.ts';
import { formatNumber, formatTable, round } from '../statistics.ts';
import { foldChats, judgeEveryRule } from './rivals.ts';
import { shownRules } from './rules.ts';
import { streamOf } from './stream.ts';

/**
 * Judging in memory as a backtest does it, on one thread: the events of a busy desk under every rule that this project shows,
 * with all that falls due between them. Beside it what comes before rules, keeping the chats, and json-rules-engine asked of
 * every rule at each event, without holds, limits or actions.
 */
export interface BacktestFigures {
  rules: number;
  chats: number;
  rows: BacktestRow[];
  /** Memory in use after so many events, MB, the events themselves not counted. */
  memory: { events: number; mb: number }[];
}

export interface BacktestRow {
  what: string;
  events: number;
  /** Decisions and actions that came of them. */
  decisions: number;
  actions: number;
  /** CPU of the thread, µs. */
  perEventUs: number;
}

/** What a backtest promises: a million events a minute, each ruleset on a thread of its own. */
export const MAX_EVENT_US = 60;

const START = Date.parse('2026-03-02T03:00:00Z');
/** Chats end within the hour; so they are forgotten in the run, and memory shows whether it grows. */
const FORGET_AFTER_MS = 3_600_000;
/** Events are made in pieces, whose making is not measured. */
const PIECE = 5_000;
const MEMORY_POINTS = 8;
/** json-rules-engine gets so small a part of the chats. */
const SAMPLE = 50;

export async function measureBacktest(chats: number): Promise<BacktestFigures> {
  const ruleset = shownRules();
  const memory: BacktestFigures['memory'] = [];
  const rows: BacktestRow[] = [
    await measure('the chats alone, no rules', chats, foldChats()),
    await measure('vigia, in memory', chats, judgeInMemory(ruleset), (events) => {
      memory.push({ events, mb: round(memoryInUse()) });
    }),
    await measure('json-rules-engine, every rule', Math.ceil(chats / SAMPLE), judgeEveryRule(ruleset)),
  ];
  return { rules: ruleset.active.size, chats, rows, memory };
}

/** Takes one event; says what came of it. */
export type Judge = (event: DeskEvent) => Promise<{ decisions: number; actions: number }>;

async function measure(
  what: string,
  chats: number,
  judge: Judge,
  look: (events: number) => void = () => {},
): Promise<BacktestRow> {
  const row: BacktestRow = { what, events: 0, decisions: 0, actions: 0, perEventUs: 0 };
  let [cpuUs, nextLook] = [0, 1];
  for (const piece of piecesOf(streamOf({ start: START, chats }))) {
    const before = process.threadCpuUsage();
    for (const event of piece) {
      const { decisions, actions } = await judge(event);
      row.decisions += decisions;
      row.actions += actions;
    }
    const { user, system } = process.threadCpuUsage(before);
    cpuUs += user + system;
    row.events += piece.length;
    const reachedAt = piece.at(-1)?.at ?? START;
    if (reachedAt >= START + (nextLook * chats * 1_000) / MEMORY_POINTS) {
      look(row.events);
      nextLook += 1;
    }
  }
  row.perEventUs = round(cpuUs / row.events);
  return row;
}

function* piecesOf(events: Iterable<DeskEvent>): Generator<DeskEvent[]> {
  let piece: DeskEvent[] = [];
  for (const event of events) {
    piece.push(event);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = [];
  }
  yield piece;
}

function judgeInMemory(ruleset: ReturnType<typeof shownRules>): Judge {
  const judging = createJudging({
    orgId: 'bench',
    ruleset,
    channels: () => new Map(),
    start: START,
    online: () => undefined,
    forgetAfterMs: FORGET_AFTER_MS,
  });
  return async (event) => {
    const came = { decisions: 0, actions: 0 };
    const count = (judged: readonly Judged[]) => {
      for (const { effects } of judged) {
        came.decisions += effects.decisions.length;
        came.actions += effects.actions.length;
      }
    };
    const { receivedAt } = event;
    for (let next = judging.nextAt(); next !== undefined && next < receivedAt; next = judging.nextAt()) {
      count(await judging.due(next));
    }
    count(await judging.take([event], receivedAt));
    return came;
  };
}

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** MB of the heap after everything that is not needed has gone. */
function memoryInUse(): number {
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed / 1_048_576;
}

export function formatBacktest({ rules, chats, rows, memory }: BacktestFigures): string {
  const table = formatTable([
    ['', 'events', 'decisions', 'actions', 'CPU, µs/event', 'events a minute'],
    ...rows.map(({ what, events, decisions, actions, perEventUs }) => [
      what,
      events.toLocaleString('en-US'),
      decisions.toLocaleString('en-US'),
      actions.toLocaleString('en-US'),
      formatNumber(perEventUs),
      formatNumber(60_000_000 / perEventUs),
    ]),
  ]);
  const title = `Judging in memory: ${chats.toLocaleString('en-US')} chats, one begins each second, ${rules} rules, one thread`;
  const heap = memory.map(({ events, mb }) => `${formatNumber(mb)} MB after ${formatNumber(events)} events`).join(', ');
  return `${title}\n\n${table}\n\nMemory in use: ${heap}.`;
}
