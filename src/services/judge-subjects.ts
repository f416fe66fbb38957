import { getLogger } from '@logtape/logtape';
import { errorText } from '../domain/errors.ts';
import type { Pause } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import type { LedgerEntry } from '../domain/session.ts';
import type { AcceptedValues } from '../domain/vocabulary.ts';
import { type Advanced, type AdvanceInput, advance } from '../engine/advance.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { KnownChannel } from '../engine/facts.ts';
import type { Tick } from '../engine/judge-tick.ts';
import { type Effects, limitName, type Needs, type StoredEvent, type SubjectState } from '../engine/subject-state.ts';
import type { Db } from '../store/database.ts';
import { loadStoredEvents } from '../store/judged-events.ts';
import { lockLimits } from '../store/limits.ts';
import { loadMutes } from '../store/mutes.ts';
import {
  loadLedgers,
  loadOpenEpisodes,
  loadSessions,
  loadWaiting,
  type SubjectKey,
  type WaitingEvent,
} from '../store/subjects.ts';
import { ComputedFacts, type Presence } from './computed-facts.ts';
import { Inhibitors } from './inhibitors.ts';
import { loadOwnChanges } from './own-changes.ts';

/**
 * Loads what a batch of locked subjects needs, judges each by the pure core, and loads what the core then asks for (a
 * limit's window, a ledger, the episodes that hold a rule back) once for all that ask. Nothing is written here.
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
  /** The pauses in force, of all portals of the batch. */
  pauses: readonly Pause[];
}

export interface JudgeOptions {
  now: number;
  ruleset: CompiledRuleset;
  channels: ReadonlyMap<string, KnownChannel>;
  /** What people have accepted of the vocabulary of a portal. */
  accepted?: ((orgId: string) => AcceptedValues | undefined) | undefined;
  /** Most waiting events of one subject that one batch takes. */
  perSubject: number;
  sweep?: AdvanceInput['sweep'];
  /** How often rules may reassign one chat within an hour. */
  maxReassignments?: number;
  /** Given where rules may have changed chats: the directory by which their events are recognised. */
  recogniseBy?: Directory;
  /** Schedule rules that tick, by subject. */
  ticks?: ReadonlyMap<string, readonly Tick[]>;
  /** Whether agents are online, where that is known. */
  online?: Presence | undefined;
}

const log = getLogger(['vigia', 'judge']);

interface Work {
  key: SubjectKey;
  waiting: WaitingEvent[];
  input: AdvanceInput;
}

export async function judgeSubjects(tx: Db, keys: readonly SubjectKey[], options: JudgeOptions): Promise<JudgedBatch> {
  const { works, pauses } = await loadWork(tx, keys, options);
  const batch: JudgedBatch = { judged: [], failed: [], pauses };
  const asking: Asking[] = [];
  for (const work of works) {
    const answer = await judgeOne(work);
    if (answer === undefined) batch.failed.push({ key: work.key, waiting: work.waiting });
    else if (answer.kind === 'needs') asking.push({ work, needs: answer.needs });
    else batch.judged.push({ key: work.key, waiting: work.waiting, state: answer.state, effects: answer.effects });
  }
  if (asking.length > 0) await judgeAsking(tx, asking, batch, options);
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
async function judgeAsking(
  tx: Db,
  asking: readonly Asking[],
  batch: JudgedBatch,
  { online = () => undefined }: JudgeOptions,
): Promise<void> {
  const limits = new LimitWindows();
  await limits.load(tx, asking);
  const inhibitors = new Inhibitors();
  await inhibitors.load(tx, asking.map(askedBy), batch.judged);
  const computed = new ComputedFacts(online);
  await computed.load(tx, asking.map(askedBy));
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
      const shared = { limits: limits.of(orgId), inhibitors: inhibitors.of(orgId), computed: computed.of(orgId) };
      const events = await loadEventsOf(tx, orgId, asked, input.known.events);
      input = { ...input, known: { ...input.known, ...shared, ...(ledger && { ledger }), ...(events && { events }) } };
      const answer = await judgeOne({ ...work, input });
      if (answer === undefined) {
        batch.failed.push({ key: work.key, waiting: work.waiting });
        break;
      }
      if (answer.kind === 'judged') {
        for (const [name, { firedAt }] of answer.effects.limits) limits.of(orgId).set(name, firedAt);
        const judged = { key: work.key, waiting: work.waiting, state: answer.state, effects: answer.effects };
        inhibitors.add(judged);
        batch.judged.push(judged);
        break;
      }
      asked = answer.needs;
      await limits.load(tx, [{ work, needs: asked }]);
      await inhibitors.load(tx, [askedBy({ work, needs: asked })], batch.judged);
      await computed.load(tx, [askedBy({ work, needs: asked })]);
    }
  }
}

function askedBy({ work, needs }: Asking) {
  return { orgId: work.key.orgId, inhibitors: needs.inhibitors, computed: needs.computed };
}

/** Events that waited for a calendar to open, beside those that are known already; they are few. */
async function loadEventsOf(
  tx: Db,
  orgId: string,
  { events: keys }: Needs,
  known: ReadonlyMap<string, StoredEvent | undefined> | undefined,
): Promise<ReadonlyMap<string, StoredEvent | undefined> | undefined> {
  if (keys.length === 0) return known;
  const found = new Map((await loadStoredEvents(tx, orgId, keys)).map((stored) => [stored.event.key, stored]));
  return new Map([...(known ?? []), ...keys.map((key) => [key, found.get(key)] as const)]);
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

/** What was due while a silence lasted is judged later when the service was away; after this it is not silenced any more. */
const SILENCES_COUNT_MS = 86_400_000;

async function loadWork(
  tx: Db,
  keys: readonly SubjectKey[],
  options: JudgeOptions,
): Promise<{ works: Work[]; pauses: readonly Pause[] }> {
  if (keys.length === 0) return { works: [], pauses: [] };
  const { now, ruleset, channels, accepted, perSubject, sweep, ticks, maxReassignments, recogniseBy } = options;
  const orgIds = [...new Set(keys.map(({ orgId }) => orgId))];
  const [waiting, sessions, episodes, mutes] = await Promise.all([
    loadWaiting(tx, keys, perSubject),
    loadSessions(tx, keys),
    loadOpenEpisodes(tx, keys),
    loadMutes(tx, orgIds, { now, silencesSince: now - SILENCES_COUNT_MS }),
  ]);
  const ownChanges = recogniseBy === undefined ? undefined : await loadOwnChanges(tx, waiting, recogniseBy);
  const waitingOf = Map.groupBy(waiting, ({ event }) => keyOf(event));
  const sessionOf = new Map(sessions.map((session) => [keyOf({ orgId: session.orgId, subject: session.id }), session]));
  const episodesOf = Map.groupBy(episodes, keyOf);
  const works = keys.map((key) => {
    const own = waitingOf.get(keyOf(key)) ?? [];
    const state: SubjectState = { ...key, episodes: episodesOf.get(keyOf(key)) ?? [] };
    const session = sessionOf.get(keyOf(key));
    if (session !== undefined) state.session = session;
    const vocabulary = accepted?.(key.orgId);
    const input: AdvanceInput = {
      state,
      events: own.map(({ event }) => event),
      known: {
        limits: new Map(),
        channels,
        silences: mutes.get(key.orgId)?.silences ?? [],
        ...(vocabulary === undefined ? {} : { vocabulary }),
      },
      now,
      ruleset,
    };
    const changes = ownChanges?.get(keyOf(key));
    if (changes !== undefined) input.known = { ...input.known, ownChanges: changes };
    if (sweep !== undefined) input.sweep = sweep;
    if (maxReassignments !== undefined) input.maxReassignments = maxReassignments;
    const ownTicks = ticks?.get(key.subject);
    if (ownTicks !== undefined) input.ticks = ownTicks;
    // More may be waiting than was loaded, and it comes before what is due after the last one loaded.
    if (own.length >= perSubject) input.dueUntil = Math.max(...own.map(({ event }) => event.at)) - 1;
    return { key, waiting: own, input };
  });
  return { works, pauses: [...mutes.values()].flatMap(({ pauses }) => pauses) };
}

function keyOf({ orgId, subject }: SubjectKey): string {
  return `${orgId}\n${subject}`;
}
