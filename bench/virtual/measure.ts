import { Engine, type RuleProperties } from 'json-rules-engine';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { createDueQueue } from '../../src/trial/due-queue.ts';
import { createJudging, type Judged } from '../../src/trial/judging.ts';
import { loadTexts } from '../rules/rule-sets.ts';
import { formatNumber, formatTable } from '../statistics.ts';

/**
 * Holds in virtual time: chats that go on hold under twenty rules, some of which are answered in time, through an hour of
 * which every second is judged. Beside it the same hour by what one would write first: a heap of timers that knows no
 * rules, and the same with json-rules-engine asked at each event and each due time.
 */
export interface VirtualFigures {
  chats: number;
  rules: number;
  rows: VirtualRow[];
}

export interface VirtualRow {
  what: string;
  events: number;
  /** Holds that were started, and those of them that fired. */
  holds: number;
  fired: number;
  seconds: number;
  /** Highest resident memory of this process while it ran, MB. */
  peakMb: number;
}

const RULES = 20;
const HOUR_S = 3_600;
const START = Date.parse('2026-03-02T10:00:00Z');
/** One chat in so many is answered before the first rule is due. */
const ANSWERED_EVERY = 2;
const ANSWERED_AFTER_S = 240;
const FIRST_FOR_MIN = 5;
/** Chats of one run: their states are all in memory at once. */
const CHUNK = 10_000;
/** json-rules-engine is given so small a part of them. */
const SAMPLE = 20;

const CONDITIONS = {
  all: [
    { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' },
    { fact: 'session', path: '$.assigneeType', operator: 'equal', value: 'AGENT' },
  ],
};

/** @param holds how many are started in all */
export async function measureVirtual(holds: number): Promise<VirtualFigures> {
  const chats = Math.ceil(holds / RULES);
  const ruleset = virtualRules();
  const rows: VirtualRow[] = [];
  const measure = async (what: string, count: number, run: (from: number, to: number) => Promise<Tally>) => {
    const memory = watchMemory();
    const startedAt = performance.now();
    const total: Tally = { events: 0, holds: 0, fired: 0 };
    for (let from = 0; from < count; from += CHUNK) {
      const tally = await run(from, Math.min(count, from + CHUNK));
      total.events += tally.events;
      total.holds += tally.holds;
      total.fired += tally.fired;
    }
    rows.push({ what, ...total, seconds: (performance.now() - startedAt) / 1_000, peakMb: memory.stop() });
  };
  await measure('a heap of timers, no rules', chats, runHeap);
  await measure('vigia, in memory', chats, (from, to) => runVigia(ruleset, from, to));
  const engine = engineOf(ruleset);
  await measure('a heap, json-rules-engine', Math.max(1, Math.round(chats / SAMPLE)), (from, to) =>
    runNaive(engine, from, to),
  );
  const [heap, vigia] = rows;
  if (heap?.fired !== vigia?.fired || heap?.holds !== vigia?.holds) {
    throw new Error(
      `the holds differ: ${heap?.holds} and ${vigia?.holds} started, ${heap?.fired} and ${vigia?.fired} fired`,
    );
  }
  return { chats, rules: RULES, rows };
}

interface Tally {
  events: number;
  holds: number;
  fired: number;
}

const forMinutes = (rule: number) => FIRST_FOR_MIN + rule;

function virtualRules(): CompiledRuleset {
  const rules = Array.from({ length: RULES }, (_, rule) => [
    `held-${String(rule).padStart(2, '0')}.rule.json`,
    {
      name: `Held for ${forMinutes(rule)} minutes`,
      for: `${forMinutes(rule)}m`,
      conditions: CONDITIONS,
      actions: [{ type: 'record', params: { dataset: 'held', fields: { chat: '{{ session.id }}' } } }],
    },
  ]);
  return loadTexts(Object.fromEntries(rules));
}

/** When a chat goes on hold, in seconds from the start: spread over the first half hour. */
const heldAt = (chat: number) => (chat * 7_919) % (HOUR_S / 2);
const isAnswered = (chat: number) => chat % ANSWERED_EVERY === 0;

/** The events of each second of the hour. */
function* secondsOf(from: number, to: number): Generator<{ at: number; events: DeskEvent[] }> {
  const bySecond = new Map<number, DeskEvent[]>();
  const add = (second: number, event: DeskEvent) => bySecond.set(second, [...(bySecond.get(second) ?? []), event]);
  for (let chat = from; chat < to; chat += 1) {
    add(heldAt(chat), statusEvent(chat, heldAt(chat), 'ON_PROGRESS', 'ON_HOLD'));
    const answeredAt = heldAt(chat) + ANSWERED_AFTER_S;
    if (isAnswered(chat)) add(answeredAt, statusEvent(chat, answeredAt, 'ON_HOLD', 'ON_PROGRESS'));
  }
  for (let second = 0; second <= HOUR_S; second += 1) {
    yield { at: START + second * 1_000, events: bySecond.get(second) ?? [] };
  }
}

function statusEvent(chat: number, second: number, from: string, to: string): DeskEvent {
  const sessionId = `s${chat}`;
  const at = START + second * 1_000;
  const payload = {
    sessionId,
    channelId: '70000',
    sessionOldStatus: from,
    sessionStatus: to,
    currentAssigneeId: 'a1',
    assigneeType: 'AGENT',
  };
  const key = `${sessionId}-${to}`.padEnd(64, '0');
  const type = 'IM_Session_Status';
  return { orgId: 'bench', source: 'bench', type, key, subject: sessionId, sessionId, at, receivedAt: at, payload };
}

async function runVigia(ruleset: CompiledRuleset, from: number, to: number): Promise<Tally> {
  const judging = createJudging({
    orgId: 'bench',
    ruleset,
    channels: () => new Map(),
    start: START,
    online: () => undefined,
  });
  const tally: Tally = { events: 0, holds: 0, fired: 0 };
  const count = (judged: readonly Judged[]) => {
    for (const { effects } of judged) {
      for (const { outcome } of effects.decisions) {
        if (outcome === 'armed') tally.holds += 1;
        else if (outcome === 'fired') tally.fired += 1;
      }
    }
  };
  for (const { at, events } of secondsOf(from, to)) {
    tally.events += events.length;
    if (events.length > 0) count(await judging.take(events, at));
    const next = judging.nextAt();
    if (next !== undefined && next <= at) count(await judging.due(at));
  }
  return tally;
}

/** What a program without rules does: a timer for each hold, taken back by the answer. */
async function runHeap(from: number, to: number): Promise<Tally> {
  return runTimers(from, to, async () => true);
}

function engineOf({ rules }: CompiledRuleset): Engine {
  const engine = new Engine([], { allowUndefinedFacts: true });
  for (const { id, conditions } of rules) {
    engine.addRule({ name: id, conditions: conditions as RuleProperties['conditions'], event: { type: id } });
  }
  return engine;
}

/** All rules asked at each event and at each due time. */
async function runNaive(engine: Engine, from: number, to: number): Promise<Tally> {
  return runTimers(from, to, async (status) => {
    const { events } = await engine.run({ session: { status, assigneeType: 'AGENT' } });
    return status === 'ON_HOLD' ? events.length > 0 : false;
  });
}

async function runTimers(from: number, to: number, holds: (status: string) => Promise<boolean>): Promise<Tally> {
  const timers = createDueQueue();
  const statusOf = new Map<string, string>();
  const tally: Tally = { events: 0, holds: 0, fired: 0 };
  for (const { at, events } of secondsOf(from, to)) {
    for (const { subject, payload } of events) {
      tally.events += 1;
      const status = String(payload['sessionStatus']);
      statusOf.set(subject, status);
      const isHeld = await holds(status);
      for (let rule = 0; rule < RULES; rule += 1) {
        const isArmed = isHeld && status === 'ON_HOLD';
        timers.set(`${subject} ${rule}`, isArmed ? at + forMinutes(rule) * 60_000 : undefined);
        if (isArmed) tally.holds += 1;
      }
    }
    for (const timer of timers.take(at)) {
      if (await holds(statusOf.get(timer.slice(0, timer.indexOf(' '))) ?? '')) tally.fired += 1;
    }
  }
  return tally;
}

function watchMemory(): { stop(): number } {
  let peak = process.memoryUsage.rss();
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  return {
    stop() {
      clearInterval(timer);
      return Math.max(peak, process.memoryUsage.rss()) / 1_048_576;
    },
  };
}

export function formatVirtual({ chats, rules, rows }: VirtualFigures): string {
  const table = formatTable([
    ['an hour of holds in memory', 'events', 'holds', 'fired', 'took, s', 'events/s', 'holds/s', 'highest memory, MB'],
    ...rows.map(({ what, events, holds, fired, seconds, peakMb }) => [
      what,
      events.toLocaleString('en-US'),
      holds.toLocaleString('en-US'),
      fired.toLocaleString('en-US'),
      formatNumber(seconds),
      formatNumber(events / seconds),
      formatNumber(holds / seconds),
      formatNumber(peakMb),
    ]),
  ]);
  return `Virtual time: ${chats.toLocaleString('en-US')} chats under ${rules} rules, each second of an hour\n\n${table}`;
}
