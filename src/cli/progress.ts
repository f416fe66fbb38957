import { formatDuration } from '../domain/duration.ts';
import type { CliIo } from './io.ts';

/** How far something long has come, on stderr: nothing in the first second; then it is kept current on a terminal, or told now and then. */
export interface Progress {
  /** @param part how much of the whole is done, 0 to 1, where its number is not known */
  at(done: number, total?: number, part?: number): void;
  /** Takes the line away. */
  end(): void;
}

const FIRST_MS = 1_000;
const EVERY_MS = { terminal: 500, log: 10_000 };
const BAR_WIDTH = 20;

export function createProgress(io: CliIo, what: string): Progress {
  const everyMs = io.stderr.isTTY === true ? EVERY_MS.terminal : EVERY_MS.log;
  const startedAt = performance.now();
  let nextAt = startedAt + FIRST_MS;
  let isShown = false;
  return {
    at(done, total, part = total === undefined || total === 0 ? undefined : done / total) {
      const now = performance.now();
      if (now < nextAt) return;
      nextAt = now + everyMs;
      const spentMs = now - startedAt;
      const counted = `${done}${total === undefined ? '' : ` of ${total}`} ${what}`;
      const text = [
        ...drawPart(part),
        counted,
        `${Math.round((done * 1_000) / spentMs)}/s`,
        ...tellRest(part, spentMs),
      ];
      io.stderr.write(io.stderr.isTTY === true ? `\r${text.join('  ')}\u001B[K` : `${text.join('  ')}\n`);
      isShown = true;
    },
    end() {
      if (isShown && io.stderr.isTTY === true) io.stderr.write('\r\u001B[K');
    },
  };
}

function drawPart(part: number | undefined): string[] {
  if (part === undefined) return [];
  const full = Math.round(Math.min(1, part) * BAR_WIDTH);
  return [`${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${Math.floor(Math.min(1, part) * 100)} %`];
}

/** At the pace so far. */
function tellRest(part: number | undefined, spentMs: number): string[] {
  if (part === undefined || part <= 0 || part >= 1) return [];
  return [`${formatDuration(Math.max(1_000, (spentMs * (1 - part)) / part))} left`];
}
