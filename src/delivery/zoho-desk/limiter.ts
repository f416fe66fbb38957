/**
 * Lets at most `max` calls run at once; the others wait in line. Zoho counts the calls in flight per portal and answers
 * 429 above its edition's number, so waiting here is cheaper than asking.
 */
export interface Limiter {
  /** Runs `work` when there is room. Undefined when `signal` aborted while it stood in line: nothing was done. */
  run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined>;
}

export function createLimiter(max: number): Limiter {
  if (!(max >= 1)) throw new RangeError(`a limiter needs room for at least one, got ${max}`);
  let running = 0;
  const line: (() => void)[] = [];

  /** Resolves to whether a place was taken. A place that becomes free is handed to the next in line, never raced for. */
  function enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (running < max) {
      running += 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const admit = () => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = () => {
        line.splice(line.indexOf(admit), 1);
        resolve(false);
      };
      signal.addEventListener('abort', leave, { once: true });
      line.push(admit);
    });
  }

  function exit(): void {
    const next = line.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return {
    run: async (work, signal) => {
      if (!(await enter(signal))) return undefined;
      try {
        return await work();
      } finally {
        exit();
      }
    },
  };
}
