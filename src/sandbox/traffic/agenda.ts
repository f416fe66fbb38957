/**
 * What happens when: a queue of things to do in virtual time. Everything in the traffic is an entry of it, and each is
 * carried out at the instant that it was set for, however late the clock was when it got round to it. So a run depends
 * on its seed alone, and not on how punctual the timers of a machine are.
 *
 * A process that goes on for a while (a chat, an agent's day) is a generator that yields its waits in milliseconds.
 */
export interface Agenda {
  /** The instant of the entry under way, or of the last one; epoch ms. */
  readonly now: number;
  /** When the next entry is due; undefined when there is none. */
  readonly nextAt: number | undefined;
  /** Sets an entry; one in the past is carried out next. */
  at(instant: number, run: () => void): void;
  after(delayMs: number, run: () => void): void;
  /** Starts a process; it goes on after each wait that it yields, until it ends or is cancelled. */
  start(life: Life, at?: number): LifeHandle;
  /** Carries out all that is due up to this instant, in order; entries of one instant in the order they were set. */
  advanceTo(instant: number): void;
}

/** A process: yields how long to wait, in milliseconds. */
export type Life = Generator<number, void, void>;

export interface LifeHandle {
  /** Ends the process where it waits (`finally` blocks run). */
  cancel(): void;
}

interface Entry {
  at: number;
  sequence: number;
  run: () => void;
}

export function createAgenda(startAt: number): Agenda {
  const entries: Entry[] = [];
  let now = startAt;
  let sequence = 0;

  const agenda: Agenda = {
    get now() {
      return now;
    },
    get nextAt() {
      return entries[0]?.at;
    },
    at: (instant, run) => {
      const entry = { at: Math.max(instant, now), sequence, run };
      sequence += 1;
      entries.splice(placeOf(entries, entry.at), 0, entry);
    },
    after: (delayMs, run) => agenda.at(now + delayMs, run),
    start: (life, at = now) => {
      let cancelled = false;
      const step = () => {
        if (cancelled) return;
        const { done, value } = life.next();
        if (done !== true) agenda.after(value, step);
      };
      agenda.at(at, step);
      return {
        cancel: () => {
          if (cancelled) return;
          cancelled = true;
          life.return();
        },
      };
    },
    advanceTo: (instant) => {
      for (let entry = entries[0]; entry !== undefined && entry.at <= instant; entry = entries[0]) {
        entries.shift();
        now = entry.at;
        entry.run();
      }
      now = Math.max(now, instant);
    },
  };
  return agenda;
}

/** Where an entry belongs: behind all that are due at the same instant or before. */
function placeOf(entries: readonly Entry[], at: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
