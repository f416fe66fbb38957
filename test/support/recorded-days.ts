import fc from 'fast-check';
import { createManualClock } from '../../src/domain/clock.ts';
import type { DeskEvent } from '../../src/domain/event.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { createRandom } from '../../src/sandbox/random.ts';
import { createIngest } from '../../src/services/ingest.ts';
import { createProcessor } from '../../src/services/process.ts';
import { tickSchedules } from '../../src/services/tick-schedules.ts';
import type { Database } from '../../src/store/database.ts';
import { findNextTickAt } from '../../src/store/schedules.ts';
import { findNextDueAt } from '../../src/store/subjects.ts';
import { chatEvents } from './random-events.ts';
import { MINUTE, START } from './timeline.ts';

/**
 * Chats that the real service has judged and recorded, each thing at its moment: events come at their time or up to five
 * minutes late, and what falls due is judged when it is due. No two chats share a millisecond: which of two goes first then
 * is nobody's promise.
 */
export interface RecordedDay {
  orgId: string;
  /** In the order of their receipt, with what the service knows of them. */
  events: DeskEvent[];
  /** Epoch ms: everything has happened before. */
  endAt: number;
}

const POINTS = 25;
/** Everything that the rules wait for has come due by then. */
const AFTER_MINUTES = 30;

export async function recordDay(
  database: Database,
  ruleset: CompiledRuleset,
  { seed, chats = 6, orgId = `day-${seed}` }: { seed: number; chats?: number; orgId?: string },
): Promise<RecordedDay> {
  const random = createRandom(`recorded day ${seed}`);
  const clock = createManualClock(START);
  const deps = {
    database,
    clock,
    queue: { enqueue: () => Promise.resolve() },
    ruleset: () => ruleset,
    channels: () => new Map(),
    storePersonalData: false,
  };
  const ingest = createIngest({ database, clock, storePersonalData: false });
  const processor = createProcessor(deps);
  const coming = Array.from({ length: chats }, (_, index) => {
    const options = {
      start: START + index + 1,
      gridMs: MINUTE,
      points: POINTS,
      maxEvents: 12,
      sessionId: `chat-${index}`,
    };
    return fc.sample(chatEvents(options), { numRuns: 1, seed: seed * 1_000 + index })[0] ?? [];
  })
    .flat()
    .map((event) => {
      const lateMs = random.chance(0.2) ? random.between(1, 5) * MINUTE : 0;
      return { ...event, orgId, receivedAt: event.at + lateMs };
    })
    .sort((a, b) => a.receivedAt - b.receivedAt);
  const moments = Map.groupBy(coming, ({ receivedAt }) => receivedAt);
  const receipts = [...moments.keys()];
  const endAt = START + (POINTS + 5 + AFTER_MINUTES) * MINUTE;
  for (let at = START; at < endAt; at = await nextMoment()) {
    clock.set(at);
    if (receipts[0] === at) receipts.shift();
    await ingest((moments.get(at) ?? []).map((event) => ({ ok: true, event })));
    await processor.processAll();
    await tickSchedules(deps, orgId);
  }

  async function nextMoment(): Promise<number> {
    const dueAt = (await findNextDueAt(database.db)) ?? endAt;
    const tickAt = (await findNextTickAt(database.db, orgId)) ?? endAt;
    return Math.min(receipts[0] ?? endAt, dueAt, tickAt);
  }

  return { orgId, events: coming, endAt };
}
