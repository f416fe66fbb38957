/**
 * Time comes from a clock that is passed in. Everything below the composition roots asks this clock, so the same code
 * runs in real time, in the sandbox's faster time and in the virtual time of tests. Instants are epoch milliseconds.
 */
export interface Clock {
  /** The present instant, epoch milliseconds. */
  now(): number;
  /** Resolves after `ms` of this clock's time, or as soon as `signal` aborts (it never rejects). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/**
 * Whether less than `ms` have passed since an instant of the same clock. When the clock has been set back to before that
 * instant, they count as passed: what was to last a minute must not last an hour.
 */
export function isWithin(ms: number, since: number, now: number): boolean {
  const passed = now - since;
  return passed >= 0 && passed < ms;
}

/** Timers take a signed 32-bit delay; a longer one would fire at once. */
const MAX_TIMER_MS = 2_147_483_647;

function realSleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, Math.min(Math.max(0, ms), MAX_TIMER_MS));
    signal?.addEventListener('abort', finish, { once: true });
  });
}

/** The wall clock. */
export const systemClock: Clock = { now: () => Date.now(), sleep: realSleep };

/**
 * A clock that starts at `startAt` (default: now) and runs `speed` times as fast as the wall clock.
 * With speed 60, a hold of fifteen minutes falls due after fifteen seconds.
 */
export function createScaledClock(speed: number, startAt: number = Date.now()): Clock {
  if (!(speed > 0)) throw new RangeError(`speed must be above zero, got ${speed}`);
  const origin = Date.now();
  return {
    now: () => Math.round(startAt + (Date.now() - origin) * speed),
    sleep: (ms, signal) => realSleep(ms / speed, signal),
  };
}

export interface ManualClock extends Clock {
  /** Moves the clock to an instant (also backwards: clocks are set back) and wakes who slept until then. */
  set(at: number): void;
  /** Moves the clock forward by `ms`. */
  advance(ms: number): void;
}

/** A clock that stands still until it is moved: virtual time. */
export function createManualClock(startAt: number): ManualClock {
  let at = startAt;
  let sleepers: { until: number; wake: () => void }[] = [];
  const set = (next: number) => {
    at = next;
    const due = sleepers.filter((sleeper) => sleeper.until <= at);
    sleepers = sleepers.filter((sleeper) => sleeper.until > at);
    for (const sleeper of due) sleeper.wake();
  };
  return {
    now: () => at,
    set,
    advance: (ms) => set(at + ms),
    sleep: (ms, signal) => {
      if (ms <= 0 || signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper = { until: at + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener(
          'abort',
          () => {
            sleepers = sleepers.filter((other) => other !== sleeper);
            resolve();
          },
          { once: true },
        );
      });
    },
  };
}
