import type { ProcessDeps } from '../services/process.ts';
import { tickSchedules } from '../services/tick-schedules.ts';
import { type Loop, startLoop } from './loop.ts';

/** Judges schedule rules at their moments. It rests until the next one, a second at the most: rules may change. */
export interface ScheduleLoopOptions {
  processing: ProcessDeps;
  orgId: string | undefined;
  /** Whether this process's rules are in force. */
  mayJudge: () => Promise<boolean>;
  /** How much faster than the wall clock the service's time runs. */
  timeScale: number;
}

/** Real ms. */
const LONGEST_REST_MS = 1_000;
/** When another process is at what is due, look again after this. */
const BUSY_MS = 50;

export function startScheduleLoop({ processing, orgId, mayJudge, timeScale }: ScheduleLoopOptions): Loop {
  return startLoop({
    name: 'schedules',
    async pass() {
      if (orgId === undefined || !(await mayJudge())) return LONGEST_REST_MS;
      const nextAt = await tickSchedules(processing, orgId);
      if (nextAt === undefined) return LONGEST_REST_MS;
      return Math.min(LONGEST_REST_MS, Math.max(BUSY_MS, (nextAt - processing.clock.now()) / timeScale));
    },
  });
}
