import { getLogger } from '@logtape/logtape';
import { errorText } from '../domain/errors.ts';
import type { LedgerEntry } from '../domain/session.ts';
import { type Advanced, type AdvanceInput, advance } from '../engine/advance.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { KnownChannel } from '../engine/facts.ts';
import { type Effects, limitName, type Needs, type SubjectState } from '../engine/subject-state.ts';
import type { Db } from '../store/database.ts';
import { lockLimits } from '../store/limits.ts';
import {
  loadLedgers,
  loadOpenEpisodes,
  loadSessions,
  loadWaiting,
  type SubjectKey,
  type WaitingEvent,
} from '../store/subjects.ts';

/**
 * Loads what a batch of locked subjects needs, judges each by the pure core, and loads what the core then asks for (a
 * limit's window, a ledger) once for all that ask. Nothing is written here.
 */
export interface JudgedSubject {
  key: SubjectKey;
  waiting: WaitingEvent[];
  state: SubjectState;
  effects: Effects;
}

export interface JudgedBatch {
  judged: JudgedSubject[];
  /** Subjects whose judging threw: a fault of ours, which must not stop the others. */
  failed: { key: SubjectKey; waiting: WaitingEvent[] }[];
}

export interface JudgeOptions {
  now: number;
  ruleset: CompiledRuleset;
  channels: ReadonlyMap<string, KnownChannel>;
  /** Most waiting events of one subject that one batch takes. */
  perSubject: number;
  sweep?: AdvanceInput['sweep'];
}

const log = getLogger(['vigia', 'judge']);

interface Work {
  key: SubjectKey;
  waiting: WaitingEvent[];
  input: AdvanceInput;
}

export async function judgeSubjects(tx: Db, keys: readonly SubjectKey[], options: JudgeOptions): Promise<JudgedBatch> {
  const batch: JudgedBatch = { judged: [], failed: [] };
  const asking: Asking[] = [];
  for (const work of await loadWork(tx, keys, options)) {
    const answer = await judgeOne(work);
    if (answer === undefined) batch.failed.push({ key: work.key, waiting: work.waiting });
    else if (answer.kind === 'needs') asking.push({ work, needs: answer.needs });
    else batch.judged.push({ key: work.key, waiting: work.waiting, state: answer.state, effects: answer.effects });
  }
  if (asking.length > 0) await judgeAsking(tx, asking, batch);
  return batch;
}

interface Asking {
  work: Work;
  needs: Needs;
}

async function judgeOne({ key, input }: Work): Promise<Advanced | undefined> {
  try {
    return await advance(input);
  } catch (error) {
    log.error('judging {subject} failed: {error}', { subject: key.subject, error: errorText(error) });
    return undefined;
  }
}

/**
 * Judges again those that asked for more, one after the other: limit windows are shared between subjects, so each must
 * see them as those before it left them.
 */
async function judgeAsking(tx: Db, asking: readonly Asking[], batch: JudgedBatch): Promise<void> {
  const limits = new LimitWindows();
  await limits.load(tx, asking);
  const ledgers = await loadLedgersOf(
    tx,
    asking.filter(({ needs }) => needs.ledger).map(({ work }) => work.key),
  );
  for (const { work, needs } of asking) {
    let { input } = work;
    let asked = needs;
    for (;;) {
      const { orgId } = work.key;
      const name = keyOf(work.key);
      const known = ledgers.get(name) ?? input.known.ledger;
      const ledger = asked.ledger && known === undefined ? (await loadLedgersOf(tx, [work.key])).get(name) : known;
      input = { ...input, known: { ...input.known, limits: limits.of(orgId), ...(ledger ? { ledger } : {}) } };
      const answer = await judgeOne({ ...work, input });
      if (answer === undefined) {
        batch.failed.push({ key: work.key, waiting: work.waiting });
        break;
      }
      if (answer.kind === 'judged') {
        for (const [name, { firedAt }] of answer.effects.limits) limits.of(orgId).set(name, firedAt);
        batch.judged.push({ key: work.key, waiting: work.waiting, state: answer.state, effects: answer.effects });
        break;
      }
      asked = answer.needs;
      await limits.load(tx, [{ work, needs: asked }]);
    }
  }
}

/** Ledgers by `keyOf`. */
async function loadLedgersOf(tx: Db, keys: readonly SubjectKey[]): Promise<Map<string, LedgerEntry[]>> {
  const entries = await loadLedgers(tx, keys);
  const byKey = Map.groupBy(entries, ({ entry }) => keyOf({ orgId: entry.orgId, subject: entry.sessionId }));
  return new Map(keys.map((key) => [keyOf(key), byKey.get(keyOf(key)) ?? []]));
}

/** The limit windows of this transaction, by portal. */
class LimitWindows {
  private readonly byOrg = new Map<string, Map<string, readonly number[]>>();

  of(orgId: string): Map<string, readonly number[]> {
    const known = this.byOrg.get(orgId) ?? new Map<string, readonly number[]>();
    this.byOrg.set(orgId, known);
    return known;
  }

  async load(tx: Db, asking: readonly Asking[]): Promise<void> {
    const missing = asking.flatMap(({ work: { key }, needs }) =>
      needs.limits
        .filter((limit) => !this.of(key.orgId).has(limitName(limit)))
        .map((limit) => ({ orgId: key.orgId, ...limit })),
    );
    for (const { orgId, firedAt, ...key } of await lockLimits(tx, missing)) this.of(orgId).set(limitName(key), firedAt);
  }
}

async function loadWork(tx: Db, keys: readonly SubjectKey[], options: JudgeOptions): Promise<Work[]> {
  if (keys.length === 0) return [];
  const { now, ruleset, channels, perSubject, sweep } = options;
  const [waiting, sessions, episodes] = await Promise.all([
    loadWaiting(tx, keys, perSubject),
    loadSessions(tx, keys),
    loadOpenEpisodes(tx, keys),
  ]);
  const waitingOf = Map.groupBy(waiting, ({ event }) => keyOf(event));
  const sessionOf = new Map(sessions.map((session) => [keyOf({ orgId: session.orgId, subject: session.id }), session]));
  const episodesOf = Map.groupBy(episodes, keyOf);
  return keys.map((key) => {
    const own = waitingOf.get(keyOf(key)) ?? [];
    const state: SubjectState = { ...key, episodes: episodesOf.get(keyOf(key)) ?? [] };
    const session = sessionOf.get(keyOf(key));
    if (session !== undefined) state.session = session;
    const input: AdvanceInput = {
      state,
      events: own.map(({ event }) => event),
      known: { limits: new Map(), channels },
      now,
      ruleset,
    };
    if (sweep !== undefined) input.sweep = sweep;
    // More may be waiting than was loaded, and it comes before what is due after the last one loaded.
    if (own.length >= perSubject) input.dueUntil = Math.max(...own.map(({ event }) => event.at)) - 1;
    return { key, waiting: own, input };
  });
}

function keyOf({ orgId, subject }: SubjectKey): string {
  return `${orgId}\n${subject}`;
}
