import type { Decision } from '../../domain/decision.ts';
import type { DeskEvent } from '../../domain/event.ts';
import { compileRuleset } from '../../engine/compile.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import { isOfARule } from '../carried.ts';
import { readEvents } from '../history/read-events.ts';
import { namesStatuses } from '../simulation/examine.ts';
import { type Finding, INVARIANTS } from '../simulation/invariants/finding.ts';
import { findErrors } from '../simulation/invariants/no-error.ts';
import { findRepeatedFirings } from '../simulation/invariants/one-firing.ts';
import { findActionsOnOverChats, findOpenCards } from '../simulation/invariants/over-chat.ts';
import { findFiringsAfterEnd } from '../simulation/invariants/state-held.ts';
import { aChannel, makeUpWorld } from '../simulation/made-up-world.ts';
import { measurePatience } from '../simulation/patience.ts';
import { isActing } from '../simulation/report.ts';
import { createTrial, type Entry, type Trial } from '../trial.ts';
import { DAY_ORG_ID } from './read-line.ts';
import type { DayReport, DayRule, DayViolation, Example, Firing, LineFault } from './report.ts';

/**
 * A recorded or hand-written day through a ruleset. Events are received in the order of the lines: each at its own time,
 * or, when that is before what was received already, at that moment, as one that comes late.
 */
export interface DayOptions {
  /** What `at` of hand-written events counts from, epoch ms. */
  start: number;
  /** More events than this are refused. */
  maxEvents?: number;
  onProgress?: (events: number) => void;
}

export type DayResult =
  | { ok: true; report: DayReport }
  | { ok: false; reason: 'empty' | 'tooMany' | 'nothingRead'; faults: LineFault[]; maxEvents: number };

/** All of it is kept in memory until the end: about 7 KB for each. */
export const MAX_DAY_EVENTS = 100_000;
const MAX_FAULTS = 20;
const MAX_EXAMPLES = 3;

export async function runDay(all: Ruleset, lines: AsyncIterable<string>, options: DayOptions): Promise<DayResult> {
  const { start, maxEvents = MAX_DAY_EVENTS, onProgress } = options;
  const ruleset = compileRuleset(all);
  const world = makeUpWorld(all.directory);
  const statuses = createStatuses();
  const channels = new Set((world.channels ?? []).map(({ id }) => id));
  const faults: LineFault[] = [];
  let skipped = 0;
  let events = 0;
  let firstAt: number | undefined;
  let trial: Trial | undefined;

  function skip(line: number, reason: string): void {
    skipped += 1;
    if (faults.length < MAX_FAULTS) faults.push({ line, reason });
  }

  for await (const event of readEvents(lines, { start, onSkip: skip })) {
    if (events === maxEvents) return { ok: false, reason: 'tooMany', faults, maxEvents };
    const { receivedAt } = event;
    trial ??= createTrial({ ruleset, start: receivedAt, world, orgId: DAY_ORG_ID });
    firstAt ??= receivedAt;
    meetChannel(trial, event, channels, world.agents?.[0]?.departments ?? []);
    await passUntil(trial, receivedAt);
    await trial.moment(receivedAt, { events: [event] });
    if (event.sessionId !== undefined) {
      statuses.note(event.sessionId, receivedAt, trial.sessionOf(event.subject)?.status);
    }
    events += 1;
    onProgress?.(events);
  }
  if (trial === undefined || firstAt === undefined) {
    return { ok: false, reason: skipped === 0 ? 'empty' : 'nothingRead', faults, maxEvents };
  }
  const lastAt = trial.now();
  const untilAt = lastAt + measurePatience(ruleset, [lastAt]).stayMs;
  await passUntil(trial, untilAt);
  const { record } = trial;
  const names = namesStatuses(ruleset);
  const findings = [
    ...findRepeatedFirings(record, (ruleId) => ruleset.active.get(ruleId)?.trigger.kind === 'schedule'),
    ...findFiringsAfterEnd(record),
    ...findActionsOnOverChats(record, statuses.at, names),
    ...findOpenCards(trial.cards(), statuses.last, names, untilAt),
    ...findErrors(record),
  ];
  const received = record.filter(({ kind }) => kind === 'event').length;
  return {
    ok: true,
    report: {
      rulesetHash: all.hash,
      events,
      repeats: events - received,
      chats: statuses.count(),
      firstAt,
      lastAt,
      untilAt,
      skipped,
      faults,
      rules: tallyRules(all, record),
      invariants: INVARIANTS.filter((one) => one !== 'order' && one !== 'duplicates').map((invariant) => ({
        invariant,
        violations: groupFindings(findings.filter((finding) => finding.invariant === invariant)),
      })),
    },
  };
}

/** So much at a time: schedules of seconds tick more often in a month than a trial takes for sane at once. */
const STRETCH_MS = 6 * 3_600_000;

async function passUntil(trial: Trial, at: number): Promise<void> {
  for (let next = trial.now() + STRETCH_MS; next < at; next += STRETCH_MS) await trial.passUntil(next);
  await trial.passUntil(at);
}

/** A channel that the directory does not know gets a department, as it would from Zoho Desk. */
function meetChannel(
  trial: Trial,
  { payload: { channelId } }: DeskEvent,
  known: Set<string>,
  departments: readonly string[],
): void {
  if (typeof channelId !== 'string' || channelId === '' || known.has(channelId)) return;
  known.add(channelId);
  const { id, departmentId } = aChannel(channelId, departments);
  trial.changeWorld({ channels: [{ id, departmentId }] });
}

/** Which status each chat had when. */
function createStatuses() {
  const histories = new Map<string, { at: number; status: string }[]>();
  return {
    note(sessionId: string, at: number, status: string | undefined): void {
      const history = histories.get(sessionId) ?? [];
      histories.set(sessionId, history);
      if (status !== undefined && history.at(-1)?.status !== status) history.push({ at, status });
    },
    at: (sessionId: string, at: number) => histories.get(sessionId)?.findLast((one) => one.at <= at)?.status,
    last: (sessionId: string) => histories.get(sessionId)?.at(-1)?.status,
    count: () => histories.size,
  };
}

function tallyRules({ rules }: Ruleset, record: readonly Entry[]): DayRule[] {
  const byRule = Map.groupBy(record, (entry) => {
    if (entry.kind === 'decision') return entry.decision.ruleId;
    return entry.kind === 'action' ? entry.carried.action.ruleId : '';
  });
  return rules.map(({ id, name, mode, trigger }) => {
    const own = byRule.get(id) ?? [];
    const decisions = own.flatMap((entry) => (entry.kind === 'decision' ? [entry.decision] : []));
    const carried = own.flatMap((entry) =>
      entry.kind === 'action' && isOfARule(entry.carried) ? [entry.carried] : [],
    );
    const acting = decisions.filter(isActing);
    return {
      ruleId: id,
      name,
      mode,
      kind: trigger.kind,
      firings: acting.length,
      outcomes: Object.fromEntries(
        [...Map.groupBy(decisions, ({ outcome }) => outcome)].map(([o, d]) => [o, d.length]),
      ),
      actions: [...Map.groupBy(carried, ({ action, state }) => `${action.spec.type} ${state}`).values()].flatMap(
        (same) => same.slice(0, 1).map(({ action, state }) => ({ type: action.spec.type, state, count: same.length })),
      ),
      examples: acting.slice(0, MAX_EXAMPLES).map(toFiring),
    };
  });
}

function groupFindings(findings: readonly Finding[]): DayViolation[] {
  return [...Map.groupBy(findings, ({ ruleId }) => ruleId)].map(([ruleId, same]) => {
    const examples = same.slice(0, MAX_EXAMPLES).map(({ at, sessionId, detail }) => toExample(at, sessionId, detail));
    return { ...(ruleId === undefined ? {} : { ruleId }), count: same.length, examples };
  });
}

function toFiring({ at, sessionId, step = 0, repeat, reason }: Decision): Firing {
  const firing: Firing = { at, step, reason };
  if (sessionId !== undefined) firing.sessionId = sessionId;
  if (repeat !== undefined) firing.repeat = repeat;
  return firing;
}

function toExample(at: number, sessionId: string | undefined, detail: string): Example {
  return sessionId === undefined ? { at, detail } : { at, sessionId, detail };
}
