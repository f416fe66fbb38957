import { setTimeout as sleep } from 'node:timers/promises';
import { createProcessor, type ProcessDeps } from '../services/process.ts';
import { findNextDueAt } from '../store/subjects.ts';
import { type Loop, startLoop } from './loop.ts';

/**
 * Judges what waits and what falls due, as one of a process's workers. It rests until the next due time, a second at the
 * most, and starts at once when events come in.
 */
export interface JudgingLoopOptions {
  processing: ProcessDeps;
  /** Whether this process's rules are in force. */
  mayJudge: () => Promise<boolean>;
  /** How much faster than the wall clock the service's time runs. */
  timeScale?: number;
  index: number;
  /** From the start of one batch to that of the next, real ms: what comes meanwhile shares a transaction. */
  gapMs?: number;
}

/** Real ms between looks for work that nobody woke us for: another process's events. */
const POLL_MS = 1_000;
/** When what waits is held by another worker, look again after this. */
const BUSY_MS = 5;
/** Chosen by measurement (docs/performance.md): nobody notices it, and a busy desk's batches are several times larger. */
const GAP_MS = 50;

export function startJudgingLoop(options: JudgingLoopOptions): Loop {
  const { processing, mayJudge, timeScale = 1, index, gapMs = GAP_MS } = options;
  const processor = createProcessor(processing);
  return startLoop({
    name: `processing ${index + 1}`,
    async pass(signal) {
      const startedAt = performance.now();
      if (!(await mayJudge())) return POLL_MS;
      const { subjects } = await processor.processAll(signal);
      const dueAt = await findNextDueAt(processing.database.db);
      const gapLeftMs = gapMs - (performance.now() - startedAt);
      // Not a rest of the loop: the next event would end that at once.
      if (subjects > 0 && gapLeftMs > 0) await sleep(gapLeftMs);
      if (dueAt === undefined) return POLL_MS;
      return Math.min(POLL_MS, Math.max(BUSY_MS, (dueAt - processing.clock.now()) / timeScale));
    },
  });
}
