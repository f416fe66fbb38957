import { getLogger } from '@logtape/logtape';
import type { Clock } from '../domain/clock.ts';
import { errorText } from '../domain/errors.ts';
import type { Directory } from '../domain/rule.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { KnownChannel } from '../engine/facts.ts';
import type { Database, Db } from '../store/database.ts';
import { isPassingFault } from '../store/database-fault.ts';
import { claimSubjects, postponeSubject, type SubjectKey } from '../store/subjects.ts';
import type { Presence } from './computed-facts.ts';
import type { DeliveryQueue } from './delivery-queue.ts';
import type { CardOptions } from './join-groups.ts';
import { type JudgedBatch, judgeSubjects } from './judge-subjects.ts';
import { type SaveOptions, saveJudged } from './save-judged.ts';
import type { Noted, VocabularyWatch } from './watch-vocabulary.ts';

/**
 * Processing: claim a batch of subjects that have waiting events or something due, judge them in the order of event
 * time, and save everything in the one transaction that holds their locks: state, transitions, decisions, holds,
 * actions and jobs, all or nothing. Any number of workers and processes may do this side by side: a subject is
 * worked on by one at a time, and a worker passes over subjects that others hold.
 */
export interface ProcessDeps {
  database: Database;
  clock: Clock;
  queue: Pick<DeliveryQueue, 'enqueue'>;
  ruleset: () => CompiledRuleset;
  /** What is known of channels beside the directory. */
  channels: () => ReadonlyMap<string, KnownChannel>;
  /** Whether agents are online, where that is known. */
  online?: Presence | undefined;
  storePersonalData: boolean;
  /** Keeps and tells what Zoho was never known to say; without it nothing is accepted beside what ships. */
  vocabulary?: VocabularyWatch;
  /** The directory of the rules, completed by what Zoho told; default: the rules' own. */
  directory?: () => Directory;
  /** How often rules may reassign one chat within an hour; default 3. */
  maxReassignments?: number;
  /** Where people are told what concerns no rule; undefined: nowhere. */
  ownerChannel?: string | undefined;
  publicUrl?: string | undefined;
  /** How Slack cards share a channel; without it none is over a budget. */
  cards?: CardOptions | undefined;
  /** Called with what was judged, after the commit. */
  onJudged?: (batch: JudgedBatch, jobs: number) => void;
}

export interface Processed {
  subjects: number;
  events: number;
  decisions: number;
  /** Actions that were queued for delivery. */
  jobs: number;
}

export interface Processor {
  /** Processes one batch. Zero subjects: nothing to do, or others are doing it. */
  processBatch(): Promise<Processed>;
  /** Processes until nothing is left that this process could do. */
  processAll(signal?: AbortSignal): Promise<Processed>;
}

/** What one transaction did. */
interface Done {
  batch: JudgedBatch;
  jobs: number;
  noted: Noted | undefined;
}

/** Subjects of one transaction: enough to share its cost, few enough that it lasts some ten milliseconds. */
const BATCH_SUBJECTS = 200;
/** Waiting rows looked at for subjects; widened when there are fewer subjects in them than a batch takes. */
const WINDOW = 1_000;
const WIDE_WINDOW = 50_000;
/** Events of one subject in one batch. */
const PER_SUBJECT = 500;
/** A subject that cannot be judged or saved is tried again after five seconds, doubled each time up to an hour. */
const POSTPONE = { firstMs: 5_000, mostMs: 3_600_000 };

const log = getLogger(['vigia', 'process']);

export function createProcessor(deps: ProcessDeps): Processor {
  const { database, clock } = deps;
  let single = 0;
  /** Stays true when the rules that change chats are gone: what they did may still be told. */
  let mayHaveChangedChats = false;

  async function judgeAndSave(tx: Db, keys: SubjectKey[], now: number): Promise<Done> {
    const ruleset = deps.ruleset();
    mayHaveChangedChats ||= ruleset.changesChats;
    const batch = await judgeSubjects(tx, keys, {
      now,
      ruleset,
      channels: deps.channels(),
      accepted: deps.vocabulary?.accepted,
      online: deps.online,
      perSubject: PER_SUBJECT,
      ...(deps.maxReassignments === undefined ? {} : { maxReassignments: deps.maxReassignments }),
      ...(mayHaveChangedChats ? { recogniseBy: directoryOf(deps) } : {}),
    });
    const jobs = await saveJudged(tx, batch.judged, saveOptions(deps, ruleset, batch.pauses, now));
    const noted = await deps.vocabulary?.note(tx, batch.judged);
    return { batch, jobs: jobs + (noted?.jobs ?? 0), noted };
  }

  /** `more`: what was claimed has more waiting than one batch takes. */
  async function runBatch(): Promise<Processed & { more: boolean }> {
    const now = clock.now();
    const limit = single > 0 ? 1 : BATCH_SUBJECTS;
    let claimed: SubjectKey[] = [];
    try {
      const done = await database.transaction(async (tx) => {
        let claim = await claimSubjects(tx, { now, limit, window: WINDOW });
        // A few busy subjects may fill the head of the line, or others hold all of it: those behind need not wait.
        if (claim.keys.length < limit && claim.moreBehind) {
          claim = await claimSubjects(tx, { now, limit, window: WIDE_WINDOW });
        }
        claimed = claim.keys;
        return claimed.length === 0 ? undefined : judgeAndSave(tx, claimed, now);
      });
      if (single > 0) single -= 1;
      if (done === undefined) return { ...NOTHING, more: false };
      done.noted?.keep();
      await postponeFailed(done.batch.failed, now);
      deps.onJudged?.(done.batch, done.jobs);
      const more = done.batch.judged.some(({ waiting }) => waiting.length >= PER_SUBJECT);
      return { ...summarise(done.batch, done.jobs), more };
    } catch (error) {
      if (claimed.length === 0) throw error;
      await handleFailedBatch(claimed, now, error);
      return { ...NOTHING, subjects: claimed.length, more: false };
    }
  }

  /**
   * A database that is away, or a deadlock, is nobody's fault: the loop tries again after a pause, and nothing is put off.
   * Otherwise a batch whose saving failed is tried subject by subject, and the one that fails alone is put back for later.
   */
  async function handleFailedBatch(claimed: SubjectKey[], now: number, error: unknown): Promise<void> {
    if (isPassingFault(error)) throw error;
    if (claimed.length > 1) {
      log.warn('a batch of {count} failed, trying one by one: {error}', {
        count: claimed.length,
        error: errorText(error),
      });
      single = claimed.length;
      return;
    }
    const [key] = claimed;
    if (key === undefined) return;
    log.error('{subject} could not be processed, put back: {error}', { subject: key.subject, error: errorText(error) });
    await postponeFailed([{ key }], now);
  }

  async function postponeFailed(failed: readonly { key: SubjectKey }[], now: number): Promise<void> {
    for (const { key } of failed) await postponeSubject(database.db, key, { now, ...POSTPONE });
  }

  async function processAll(signal?: AbortSignal): Promise<Processed> {
    const total = { ...NOTHING };
    while (signal?.aborted !== true) {
      const { subjects, events, decisions, jobs, more } = await runBatch();
      total.subjects += subjects;
      total.events += events;
      total.decisions += decisions;
      total.jobs += jobs;
      // Fewer than a batch holds: that was all. (Singly judged batches hold one each and go on until there is none.)
      if (subjects === 0 || (single === 0 && subjects < BATCH_SUBJECTS && !more)) break;
    }
    return total;
  }

  async function processBatch(): Promise<Processed> {
    const { more: _, ...processed } = await runBatch();
    return processed;
  }

  return { processBatch, processAll };
}

/** What saving needs of the rules in force and the configuration. */
export function saveOptions(
  deps: ProcessDeps,
  { hash }: Pick<CompiledRuleset, 'hash'>,
  pauses: JudgedBatch['pauses'],
  now: number,
): SaveOptions {
  const { queue, storePersonalData: keepPersonal, ownerChannel, publicUrl } = deps;
  const directory = directoryOf(deps);
  return {
    queue,
    directory,
    now,
    keepPersonal,
    cards: deps.cards,
    pauses,
    tell: { queue, ownerChannel, publicUrl, rulesetHash: () => hash, directory, now },
  };
}

/** The directory of the rules, completed by what Zoho told where that is known. */
export function directoryOf(deps: Pick<ProcessDeps, 'directory' | 'ruleset'>): Directory {
  return deps.directory?.() ?? deps.ruleset().directory;
}

const NOTHING: Processed = { subjects: 0, events: 0, decisions: 0, jobs: 0 };

function summarise({ judged, failed }: JudgedBatch, jobs: number): Processed {
  return {
    subjects: judged.length + failed.length,
    events: judged.reduce((sum, { waiting }) => sum + waiting.length, 0),
    decisions: judged.reduce((sum, { effects }) => sum + effects.decisions.length, 0),
    jobs,
  };
}
