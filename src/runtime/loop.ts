import { getLogger } from '@logtape/logtape';
import { errorText } from '../domain/errors.ts';

/**
 * A background loop: does a pass, rests as long as the pass asked for, and starts at once when it is woken. A pass that
 * throws is logged and tried again after a pause that grows to thirty seconds, so a database that is away is not
 * hammered and its return needs no restart. Pauses are real time.
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

const log = getLogger(['vigia', 'loop']);

export function startLoop({ name, pass }: LoopOptions): Loop {
  const stopping = new AbortController();
  let woken = false;
  let endRest: (() => void) | undefined;
  let failures = 0;

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

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      woken = false;
      let restMs: number;
      try {
        restMs = await pass(stopping.signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        restMs = Math.min(MAX_PAUSE_MS, 250 * 2 ** Math.min(failures, 10));
        log.error('{loop} failed, next try in {restMs} ms: {error}', { loop: name, restMs, error: errorText(error) });
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
