import type { DeskEvent } from '../../domain/event.ts';
import type { Judged, Judging } from '../judging.ts';

/** Past events judged in memory and in virtual time, as they were received. Nothing is delivered. */
export interface HistoryRun {
  /** Called with the moment of the first receipt, epoch ms. */
  begin: (at: number) => Judging;
  /** In the order of their receipt. */
  events: AsyncIterable<DeskEvent>;
  /** The end of the record, epoch ms, asked for behind the last event: what falls due until then is judged too. Absent: the last receipt. */
  untilAt?: () => number | undefined;
  /** What came of a moment, in the order of time. */
  onJudged: (judged: readonly Judged[], now: number) => void;
  /** Before it is judged, with the number of events so far. */
  onEvent?: (event: DeskEvent, events: number) => void;
}

export interface HistoryEnd {
  events: number;
  /** Epoch ms; the end of the record, as far as it was judged. */
  endAt: number | undefined;
}

/** More than any sane ruleset asks for: a rule that wakes itself for ever is told, not waited for. */
const MAX_LOOKS = 10_000;

/**
 * Each event is judged at the moment of its receipt, together with what was received at the same millisecond, and what falls
 * due between two moments at its own: an event that came late comes late here too.
 */
export async function judgeHistory({ begin, events, untilAt, onJudged, onEvent }: HistoryRun): Promise<HistoryEnd> {
  let now = Number.NEGATIVE_INFINITY;
  let count = 0;
  let judging: Judging | undefined;

  async function passUntil(judging: Judging, at: number): Promise<void> {
    let looks = 0;
    for (let next = judging.nextAt(); next !== undefined && next < at; next = judging.nextAt()) {
      looks = next > now ? 0 : looks + 1;
      if (looks > MAX_LOOKS) throw new RangeError(`more than ${MAX_LOOKS} looks at one moment`);
      now = Math.max(now, next);
      onJudged(await judging.due(now), now);
    }
    now = Math.max(now, at);
  }

  async function judge(at: number, batch: readonly DeskEvent[]): Promise<void> {
    judging ??= begin(at);
    await passUntil(judging, at);
    onJudged(await judging.take(batch, now), now);
    onJudged(await judging.due(now), now);
  }

  let batch: DeskEvent[] = [];
  for await (const event of events) {
    const [first] = batch;
    if (first !== undefined && first.receivedAt !== event.receivedAt) {
      await judge(first.receivedAt, batch);
      batch = [];
    }
    batch.push(event);
    count += 1;
    onEvent?.(event, count);
  }
  const [last] = batch;
  if (last !== undefined) await judge(last.receivedAt, batch);
  const endAt = untilAt?.();
  if (endAt !== undefined && judging !== undefined) {
    await passUntil(judging, endAt);
    onJudged(await judging.due(now), now);
  }
  return { events: count, endAt: judging === undefined ? undefined : now };
}
