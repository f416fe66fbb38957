import type { CompiledRuleset } from '../../engine/compile.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { cutOff, otherVersion } from '../history/history-faults.ts';
import type { Firing } from './firing.ts';
import { readRecord } from './read-record.ts';
import type { LineFault } from './report.ts';
import { createRulesetRun, type RecordedDecision, type RulesetLoad, type RulesetRun } from './run-ruleset.ts';

/**
 * A ruleset over lines of recorded events, a piece of text at a time: what each worker of a backtest does. A piece ends
 * with a line; the answer to it is what was decided meanwhile.
 */
export interface LineRun {
  /** @throws AppError for a history of another version */
  take(text: string): Promise<Progress>;
  /**
   * Time passes to the end of the stretch.
   * @param until absent: to the last of what was read
   * @throws AppError for a history that is cut off
   */
  end(until?: number): Promise<Progress & { load: RulesetLoad | undefined }>;
}

export interface Progress {
  after: Firing[];
  /** What was recorded, told with the chat as it stood. */
  before: Firing[];
  /** The virtual present; everything decided before is told. Epoch ms. */
  now: number | undefined;
  counts: LineCounts;
}

/** So far. */
export interface LineCounts {
  judged: number;
  warmUp: number;
  decisions: number;
  repeats: number;
  broken: number;
  faults: LineFault[];
  /** Of recorded decisions. */
  hashes: string[];
  /** Of a history: the end of its stretch of time, epoch ms. */
  endsAt: number | undefined;
  /** Names of channels that a history brings. */
  channelNames: Record<string, string>;
  /** When the first event of all, and the first that is reported, was received, epoch ms. */
  firstAt: number | undefined;
  firstCountedAt: number | undefined;
}

export interface LineRunOptions {
  ruleset: CompiledRuleset;
  cardBudget: number;
  /** From here on events are judged, and from `since` on they are reported; epoch ms. */
  from: number;
  since: number;
  until: number;
  /** Whether recorded decisions are told. */
  tellsRecorded: boolean;
}

const MAX_FAULTS = 20;
/** Rulesets that are named; a stretch has a few. */
const MAX_HASHES = 50;
/** A slip in a time written by hand must not make everything after it late. */
const MAX_GAP_MS = 31 * 86_400_000;
/** Repeats come soon after the event, if at all: a source tries again for hours, not for weeks. */
const REMEMBERED_KEYS = 200_000;
/** What was received so shortly after the end may tell of something before it. */
export const AFTER_END_MS = 60_000;

export function createLineRun(options: LineRunOptions): LineRun {
  const { ruleset, cardBudget, from, since, until, tellsRecorded } = options;
  const isRepeat = createRepeats();
  const counts: LineCounts = {
    judged: 0,
    warmUp: 0,
    decisions: 0,
    repeats: 0,
    broken: 0,
    faults: [],
    hashes: [],
    endsAt: undefined,
    channelNames: {},
    firstAt: undefined,
    firstCountedAt: undefined,
  };
  const channels = new Map<string, KnownChannel>();
  /** It is a history whose last line has not come yet. */
  let isOpen = false;
  let run: RulesetRun | undefined;
  let orgId = '';
  let line = 0;
  let receivedAt: number | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;

  function beginAt(at: number): RulesetRun {
    run ??= createRulesetRun({ ruleset, orgId, channels, start: at, since, until, cardBudget });
    return run;
  }

  function beginHistory(portal: string, until: number | undefined): void {
    orgId = portal;
    isOpen = true;
    counts.endsAt = until;
  }

  function meetChannel(id: string, channel: KnownChannel): void {
    channels.set(id, channel);
    if (channel.name !== undefined) counts.channelNames[id] = channel.name;
  }

  function refuse(reason: string, column?: number): void {
    counts.broken += 1;
    if (counts.faults.length < MAX_FAULTS) {
      counts.faults.push(column === undefined ? { line, reason } : { line, column, reason });
    }
  }

  async function takeLine(text: string, before: Firing[]): Promise<void> {
    line += 1;
    if (text.trim() === '') return;
    for (const record of readRecord(text)) {
      if (record.kind === 'fault') refuse(record.reason, record.column);
      else if (
        record.kind === 'event' &&
        !record.isDated &&
        record.event.at > (receivedAt ?? record.event.at) + MAX_GAP_MS
      ) {
        refuse('it happened more than 31 days after what came before it');
      } else if (record.kind === 'event') await takeEvent(record.event);
      else if (record.kind === 'decision') await takeDecision(record.decision, before);
      else if (record.kind === 'channel') meetChannel(record.id, record.channel);
      else if (record.kind === 'history') beginHistory(record.portal, record.until);
      else if (record.kind === 'end') isOpen = false;
      else if (record.kind === 'otherVersion') throw otherVersion();
    }
  }

  async function takeEvent(event: Parameters<RulesetRun['take']>[0]): Promise<void> {
    // In the order of the lines: what says that it came earlier came now.
    receivedAt = Math.max(event.receivedAt, receivedAt ?? event.receivedAt);
    if (receivedAt < from || receivedAt >= until + AFTER_END_MS) return;
    if (isRepeat(event.key)) {
      counts.repeats += 1;
      return;
    }
    if (run === undefined && orgId === '') orgId = event.orgId;
    lastAt = Math.max(lastAt, receivedAt);
    counts.firstAt ??= receivedAt;
    if (receivedAt < since) counts.warmUp += 1;
    else if (receivedAt < until) {
      counts.judged += 1;
      counts.firstCountedAt ??= receivedAt;
    }
    await beginAt(receivedAt).take({ ...event, orgId, receivedAt });
  }

  async function takeDecision(decision: RecordedDecision, before: Firing[]): Promise<void> {
    if (!tellsRecorded || decision.decidedAt < from || decision.decidedAt >= until + AFTER_END_MS) return;
    counts.decisions += 1;
    if (counts.hashes.length < MAX_HASHES && !counts.hashes.includes(decision.rulesetHash)) {
      counts.hashes.push(decision.rulesetHash);
    }
    lastAt = Math.max(lastAt, decision.decidedAt);
    const firing = await beginAt(decision.decidedAt).recorded(decision);
    if (firing !== undefined) before.push(firing);
  }

  function tell(before: Firing[]): Progress {
    return { before, after: run?.drain() ?? [], now: run?.now(), counts };
  }

  return {
    async take(text) {
      const before: Firing[] = [];
      const lines = text.split('\n');
      // Behind the last line's end there is nothing; without that end it is a line that may be cut off.
      const rest = lines.pop() ?? '';
      for (const one of lines) await takeLine(one, before);
      if (rest !== '') await takeLine(rest, before);
      return tell(before);
    },
    async end(at = counts.endsAt ?? lastAt) {
      if (isOpen) throw cutOff();
      if (run !== undefined && Number.isFinite(at)) await run.passUntil(Math.max(at, lastAt));
      return { ...tell([]), load: run?.load() };
    },
  };
}

/** Whether an event has come before, of the last that came: two generations, of which the older one is forgotten. */
function createRepeats(): (key: string) => boolean {
  let recent = new Set<string>();
  let older = new Set<string>();
  return (key) => {
    if (recent.has(key) || older.has(key)) return true;
    recent.add(key);
    if (recent.size >= REMEMBERED_KEYS) [older, recent] = [recent, new Set()];
    return false;
  };
}
