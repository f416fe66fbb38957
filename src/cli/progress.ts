import type { CliIo } from './io.ts';

/** How far something long has come, on stderr: nothing in the first second; then it is kept current on a terminal, or told now and then. */
export interface Progress {
  at(done: number, total?: number): void;
  /** Takes the line away. */
  end(): void;
}

const FIRST_MS = 1_000;
const EVERY_MS = { terminal: 500, log: 10_000 };

export function createProgress(io: CliIo, what: string): Progress {
  const everyMs = io.stderr.isTTY === true ? EVERY_MS.terminal : EVERY_MS.log;
  let nextAt = performance.now() + FIRST_MS;
  let isShown = false;
  return {
    at(done, total) {
      const now = performance.now();
      if (now < nextAt) return;
      nextAt = now + everyMs;
      const text = `${done}${total === undefined ? '' : ` of ${total}`} ${what}`;
      io.stderr.write(io.stderr.isTTY === true ? `\r${text}` : `${text}\n`);
      isShown = true;
    },
    end() {
      if (isShown && io.stderr.isTTY === true) io.stderr.write('\r\u001B[K');
    },
  };
}
