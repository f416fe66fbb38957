import { getLogger } from '@logtape/logtape';
import type { DatabaseHealth, DatabaseState } from '../store/database.ts';
import { isAwayFault, isResourceFault } from '../store/database-fault.ts';
import { explainFault } from './database-fault.ts';

/**
 * Whether the database can be used now. It is asked once a second, and at once when a statement fails in a way that
 * makes one think so. While it is away nothing waits for it: statements and webhooks are refused, and it is asked
 * twice a second whether it is back.
 */
export interface WatchedHealth extends DatabaseHealth {
  /** Before the start nothing is known to be wrong. */
  start(): void;
  stop(): Promise<void>;
}

export interface Probe {
  /** Throws unless the database can be written to. */
  ask(): Promise<void>;
  /** Lets go of what it holds: nobody waits for its answer any more. */
  drop(): void;
}

export interface DatabaseHealthOptions {
  /** As it is named in the log, without secrets. */
  name: string;
  probe: Probe;
  /** Real ms between two probes while all is well; absent: only when a statement has failed. */
  everyMs?: number;
  onAway?: () => void;
  onReturn?: () => void;
}

/** A probe that takes longer has failed: webhooks have to be answered within seconds. */
const DEADLINE_MS = 1_500;
/** An answer that came while the process itself was busy is taken all the same. */
const SECOND_LOOK_MS = 50;
const AWAY_EVERY_MS = 500;
/** What a probe does not show (a full disk, too many connections) is believed for so long. */
const BELIEVE_MS = 2_000;
const REMIND_MS = 60_000;

const log = getLogger(['vigia', 'database']);

export function createDatabaseHealth(options: DatabaseHealthOptions): WatchedHealth {
  const { name, probe, everyMs, onAway, onReturn } = options;
  let state: DatabaseState = { ok: true };
  let believedUntil = 0;
  let remindAt = 0;
  let stopped = true;
  let suspected = false;
  let endRest: (() => void) | undefined;

  function noteFault(error: unknown): void {
    const { message: reason, remedy } = explainFault(error);
    const now = performance.now();
    if (state.ok) {
      state = { ok: false, reason, remedy, since: Date.now() };
      log.error('{name} is away: {reason}. {remedy} Until it is back, webhooks are answered 503', {
        name,
        reason,
        remedy,
      });
      remindAt = now + REMIND_MS;
      onAway?.();
      return;
    }
    state = { ...state, reason, remedy };
    if (now < remindAt) return;
    remindAt = now + REMIND_MS;
    log.error('{name} is still away, for {seconds} s: {reason}. {remedy}', {
      name,
      seconds: age(state),
      reason,
      remedy,
    });
  }

  function noteAnswer(): void {
    if (state.ok || performance.now() < believedUntil) return;
    log.warn('{name} is back after {seconds} s', { name, seconds: age(state) });
    state = { ok: true };
    onReturn?.();
  }

  async function run(): Promise<void> {
    if (everyMs === undefined) await rest(undefined);
    while (!stopped) {
      suspected = false;
      try {
        await withDeadline(probe);
        noteAnswer();
      } catch (error) {
        if (!stopped) noteFault(error);
      }
      await rest(state.ok ? everyMs : AWAY_EVERY_MS);
    }
  }

  /** Absent: until something is suspected. */
  function rest(ms: number | undefined): Promise<void> {
    if (stopped || (suspected && state.ok)) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(done, ms);
      endRest = done;
      function done() {
        clearTimeout(timer);
        endRest = undefined;
        resolve();
      }
    });
  }

  let ended = Promise.resolve();
  return {
    state: () => state,
    start() {
      stopped = false;
      ended = run();
    },
    suspect(error) {
      if (stopped || !isAwayFault(error)) return;
      if (isResourceFault(error)) {
        believedUntil = performance.now() + BELIEVE_MS;
        noteFault(error);
      } else if (!state.ok) {
        return;
      }
      suspected = true;
      endRest?.();
    },
    async stop() {
      stopped = true;
      endRest?.();
      probe.drop();
      await ended;
    },
  };
}

function age({ since }: { since: number }): number {
  return Math.round((Date.now() - since) / 100) / 10;
}

function withDeadline(probe: Probe): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => {
      timer = setTimeout(() => {
        probe.drop();
        reject(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
      }, SECOND_LOOK_MS);
    }, DEADLINE_MS);
    probe
      .ask()
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
