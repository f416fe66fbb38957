import { getLogger } from '@logtape/logtape';
import { type Clock, isWithin } from '../domain/clock.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { AcceptedValues } from '../domain/vocabulary.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import { sampleOf, sightVocabulary } from '../engine/sight-vocabulary.ts';
import type { UnknownMet } from '../engine/subject-state.ts';
import type { Db } from '../store/database.ts';
import { addSightings, loadAccepted, type SightedRow } from '../store/vocabulary.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { JudgedSubject } from './judge-subjects.ts';
import { type Notice, tellOwner } from './tell-owner.ts';
import { addCount, type Count, keyOf, type VocabularyMemory } from './vocabulary-memory.ts';
import { describeEntry, describeMeeting, fullNotice, OVERFLOW } from './vocabulary-notices.ts';

/**
 * The watch for what Zoho was never known to say. A value that this process has not met before gets its entry, and is
 * told, in the transaction that judges its event: neither can be lost. What has its entry is only counted, in memory, and
 * the counts are written every few seconds; a crash loses those at the most.
 */
export interface VocabularyWatch {
  /** What people have accepted, as it was read last. */
  accepted(orgId: string): AcceptedValues | undefined;
  /** To be called in the transaction that saves the batch, and what it returns to be kept after its commit. */
  note(tx: Db, judged: readonly JudgedSubject[]): Promise<Noted>;
  /** Writes what was counted. */
  flush(): Promise<void>;
  /** Reads what was accepted, unless that was done less than `withinMs` ago. */
  refresh(orgId: string, withinMs?: number): Promise<void>;
}

export interface Noted {
  /** Messages to the owner that were queued. */
  jobs: number;
  /** To be called once it is committed. */
  keep(): void;
}

export interface VocabularyDeps {
  db: Db;
  clock: Clock;
  queue: Pick<DeliveryQueue, 'enqueue'>;
  ruleset: () => CompiledRuleset;
  ownerChannel: string | undefined;
  /** Without a slash at the end, for a link in what is told. */
  publicUrl: string | undefined;
  memory: VocabularyMemory;
}

/** Entries of a portal: Zoho's vocabularies have some dozens of values. What is beyond is counted. */
export const MOST_ENTRIES = 2_000;
/** A process remembers more than there can be entries; beyond that it asks the database. */
const MOST_REMEMBERED = 20_000;

const log = getLogger(['vigia', 'vocabulary']);

const NOTHING: Noted = { jobs: 0, keep: () => undefined };

interface Sighted extends Count {
  event: DeskEvent;
}

export function createVocabularyWatch(deps: VocabularyDeps): VocabularyWatch {
  const { db, clock, memory, ownerChannel } = deps;

  /** What the events say that is not known: counted where it has its entry, new where this process has not met it. */
  function look(judged: readonly JudgedSubject[]): { fresh: Map<string, Sighted>; counted: Map<string, Count> } {
    const fresh = new Map<string, Sighted>();
    const counted = new Map<string, Count>();
    for (const { waiting } of judged) {
      for (const { event } of waiting) {
        for (const sighting of sightVocabulary(event)) {
          const { orgId, receivedAt } = event;
          const count: Count = { orgId, ...sighting, firstSeenAt: receivedAt, lastSeenAt: receivedAt, seen: 1 };
          const key = keyOf(count);
          const first = fresh.get(key);
          if (memory.entered.has(key)) addCount(counted, count);
          else if (memory.full.has(orgId)) addCount(counted, { ...count, ...OVERFLOW });
          else if (first === undefined) fresh.set(key, { ...count, event });
          else {
            first.seen += 1;
            first.firstSeenAt = Math.min(first.firstSeenAt, receivedAt);
            first.lastSeenAt = Math.max(first.lastSeenAt, receivedAt);
          }
        }
      }
    }
    return { fresh, counted };
  }

  async function note(tx: Db, judged: readonly JudgedSubject[]): Promise<Noted> {
    const { fresh, counted } = look(judged);
    const met = findUntold(judged);
    if (fresh.size === 0 && met.length === 0) {
      return counted.size === 0 ? NOTHING : { jobs: 0, keep: () => keepCounts(counted) };
    }
    const now = clock.now();
    const entered = new Set<string>();
    const full = new Set<string>();
    const notices: Notice[] = met.map(({ orgId, ...one }) => describeMeeting(one, orgId, deps, now));
    const rows = [...fresh.values()].map(({ event, ...count }) => toRow(count, sampleOf(event)));
    for (const { made, ...entry } of await addSightings(tx, rows, MOST_ENTRIES)) {
      const key = keyOf(entry);
      entered.add(key);
      const sighted = fresh.get(key);
      if (!made || sighted === undefined) continue;
      log.info('never seen before: {field} {value}', { field: entry.field, value: entry.value });
      notices.push(describeEntry(sighted, sighted.event, deps, now));
    }
    for (const [key, { event: _, ...count }] of fresh) {
      if (entered.has(key)) continue;
      if (!full.has(count.orgId)) notices.push(fullNotice(count.orgId, MOST_ENTRIES, now));
      full.add(count.orgId);
      addCount(counted, { ...count, ...OVERFLOW });
    }
    const rulesetHash = () => deps.ruleset().hash;
    const jobs = await tellOwner({ queue: deps.queue, ownerChannel, rulesetHash }, tx, notices);
    return {
      jobs,
      keep() {
        for (const key of entered) remember(memory.entered, key);
        for (const orgId of full) memory.full.add(orgId);
        for (const one of met) remember(memory.told, meetingKey(one));
        keepCounts(counted);
      },
    };
  }

  /** Meetings of rules with `onUnknown: alert` that this process has not told of yet. */
  function findUntold(judged: readonly JudgedSubject[]): (UnknownMet & { orgId: string })[] {
    const met = new Map<string, UnknownMet & { orgId: string }>();
    for (const { key, effects } of judged) {
      for (const one of effects.unknownMet) {
        const meeting = { orgId: key.orgId, ...one };
        if (!memory.told.has(meetingKey(meeting))) met.set(meetingKey(meeting), meeting);
      }
    }
    return [...met.values()];
  }

  function toRow(count: Count, sample: SightedRow['sample']): SightedRow {
    return { ...count, sample, ...(ownerChannel === undefined ? {} : { toldAt: clock.now() }) };
  }

  function keepCounts(counted: ReadonlyMap<string, Count>): void {
    for (const count of counted.values()) addCount(memory.counts, count);
  }

  async function flush(): Promise<void> {
    if (memory.counts.size === 0) return;
    const taken = [...memory.counts.values()];
    memory.counts.clear();
    try {
      // One row more for what is over: it has to find room where there is none.
      await addSightings(
        db,
        taken.map((count) => ({ ...count, sample: {} })),
        MOST_ENTRIES + 1,
      );
    } catch (error) {
      for (const count of taken) addCount(memory.counts, count);
      throw error;
    }
  }

  return {
    accepted: (orgId) => memory.accepted.get(orgId)?.values,
    note,
    flush,
    async refresh(orgId, withinMs = 0) {
      const known = memory.accepted.get(orgId);
      const now = clock.now();
      if (withinMs > 0 && known !== undefined && isWithin(withinMs, known.readAt, now)) return;
      memory.accepted.set(orgId, { values: await loadAccepted(db, orgId), readAt: now });
      memory.full.clear();
    },
  };
}

function meetingKey({ orgId, ruleId, vocabulary, value }: UnknownMet & { orgId: string }): string {
  return `${orgId}\n${ruleId}\n${vocabulary}\n${value}`;
}

function remember(set: Set<string>, key: string): void {
  if (set.size >= MOST_REMEMBERED) set.clear();
  set.add(key);
}
