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
/** What a probe does not show (a full disk) is believed for so long; twice as long each time that it proves true. */
const BELIEVE_MS = { first: 2_000, most: 30_000 };
const REMIND_MS = 60_000;

const log = getLogger(['vigia', 'database']);

export function createDatabaseHealth(options: DatabaseHealthOptions): WatchedHealth {
  const { name, probe, everyMs, onAway, onReturn } = options;
  let state: DatabaseState = { ok: true };
  /** A probe has failed since the last return: connections are doubted too. */
  let unreachable = false;
  const belief = { until: 0, ms: BELIEVE_MS.first };
  /** When a fault may be told again: refusals that come and go within a minute are told once. */
  let remindAt = Number.NEGATIVE_INFINITY;
  let told = false;
  let stopped = true;
  let suspected = false;
  let endRest: (() => void) | undefined;

  function noteFault(error: unknown, worthTelling: boolean): void {
    const { message: reason, remedy } = explainFault(error);
    if (state.ok) told = false;
    state = state.ok ? { ok: false, reason, remedy, since: Date.now() } : { ...state, reason, remedy };
    if (performance.now() < remindAt && !(worthTelling && !told)) return;
    remindAt = performance.now() + REMIND_MS;
    const known = { name, reason, remedy, seconds: age(state) };
    if (told) log.error('{name} is still away, for {seconds} s: {reason}. {remedy}', known);
    else log.error('{name} is away: {reason}. {remedy} Until it is back, webhooks are answered 503', known);
    told = true;
  }

  function noteUnreachable(error: unknown): void {
    noteFault(error, true);
    if (unreachable) return;
    unreachable = true;
    onAway?.();
  }

  /** The server answers, and takes no writes. */
  function noteRefusal(error: unknown): void {
    const now = performance.now();
    const again = now < belief.until + REMIND_MS;
    belief.ms = again ? Math.min(BELIEVE_MS.most, belief.ms * 2) : BELIEVE_MS.first;
    belief.until = now + belief.ms;
    noteFault(error, false);
  }

  function noteAnswer(): void {
    if (state.ok || performance.now() < belief.until) return;
    if (told) log.warn('{name} is back after {seconds} s', { name, seconds: age(state) });
    state = { ok: true };
    if (!unreachable) return;
    unreachable = false;
    onReturn?.();
  }

  async function run(): Promise<void> {
    if (everyMs === undefined) await rest(undefined);
    let doubted = false;
    while (!stopped) {
      const believed: boolean = suspected || doubted || !state.ok;
      suspected = false;
      try {
        await withDeadline(probe);
        doubted = false;
        noteAnswer();
      } catch (error) {
        if (stopped) return;
        // One late answer, while no statement has failed, may be the probe's own trouble: it is asked again at once.
        doubted = !believed;
        if (doubted) continue;
        noteUnreachable(error);
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
      // While it is away the refusals are our own, and say nothing new.
      if (!state.ok) return;
      if (isResourceFault(error)) noteRefusal(error);
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
