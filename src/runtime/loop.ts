import { getLogger } from '@logtape/logtape';
import { errorText } from '../domain/errors.ts';
import { isAwayFault } from '../store/database-fault.ts';

/**
 * A background loop: does a pass, rests as long as the pass asked for, and starts at once when it is woken. A pass that
 * throws is logged and tried again after a pause that grows to thirty seconds; while the database is away, to half
 * a second, since holds that fell due meanwhile are to fire as soon as it is back. Pauses are real time.
 */
export interface Loop {
  /** Starts the next pass at once; a wake during a pass is not lost. */
  wake(): void;
  /** Ends the loop after the pass under way. */
  stop(): Promise<void>;
}

export interface LoopOptions {
  name: string;
  /** One pass. @returns how long to rest, real ms; 0 for not at all */
  pass: (signal: AbortSignal) => Promise<number>;
}

const MAX_PAUSE_MS = 30_000;
const MAX_PAUSE_AWAY_MS = 500;
/** A fault that lasts is told again after this. */
const REMIND_MS = 60_000;

const log = getLogger(['vigia', 'loop']);

export function startLoop({ name, pass }: LoopOptions): Loop {
  const stopping = new AbortController();
  let woken = false;
  let endRest: (() => void) | undefined;
  let failures = 0;
  let toldAt = Number.NEGATIVE_INFINITY;

  function rest(ms: number): Promise<void> {
    if (woken || stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      endRest = done;
      function done() {
        clearTimeout(timer);
        endRest = undefined;
        resolve();
      }
    });
  }

  /** @returns how long to pause, ms */
  function handleFailure(error: unknown): number {
    const away = isAwayFault(error);
    const pauseMs = Math.min(away ? MAX_PAUSE_AWAY_MS : MAX_PAUSE_MS, 250 * 2 ** Math.min(failures, 10));
    // Tries come thick while the database is away, and that it is away is told by its health.
    if (!away || performance.now() - toldAt >= REMIND_MS) {
      toldAt = performance.now();
      log.error('{loop} failed, next try in {pauseMs} ms: {error}', { loop: name, pauseMs, error: errorText(error) });
    }
    return pauseMs;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      let restMs: number;
      try {
        restMs = await pass(stopping.signal);
        failures = 0;
        toldAt = Number.NEGATIVE_INFINITY;
      } catch (error) {
        failures += 1;
        restMs = handleFailure(error);
        // A failed pass is not hurried by a wake: what woke it is what fails.
        woken = false;
      }
      if (restMs > 0) await rest(restMs);
      // Other work of the process gets its turn even while there is always more to do here, or somebody wakes us during
      // every pass: on PGlite a pass may consist of microtasks alone, and sockets and timers would starve.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  const ended = run();
  return {
    wake() {
      woken = true;
      endRest?.();
    },
    async stop() {
      stopping.abort();
      endRest?.();
      await ended;
    },
  };
}
