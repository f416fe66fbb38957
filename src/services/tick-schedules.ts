import { getLogger } from '@logtape/logtape';
import { formatSubject, parseSubject } from '../domain/desk-subject.ts';
import { errorText } from '../domain/errors.ts';
import { formatSchedule, type Rule, type Schedule } from '../domain/rule.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { Tick } from '../engine/judge-tick.ts';
import { lastMoment, nextMoment } from '../engine/schedules/next-moment.ts';
import type { Db } from '../store/database.ts';
import { isPassingFault } from '../store/database-fault.ts';
import { listAgentsWithChats } from '../store/facts/agents.ts';
import { listChannelsWithChats } from '../store/facts/channels.ts';
import {
  claimSchedules,
  ensureLanes,
  findNextTickAt,
  listSubjectsOfEpisodes,
  loadSchedules,
  type ScheduleRow,
  saveTicked,
  skipTick,
  syncSchedules,
} from '../store/schedules.ts';
import { lockSubjects } from '../store/subjects.ts';
import { judgeSubjects } from './judge-subjects.ts';
import { type ProcessDeps, saveOptions } from './process.ts';
import { saveJudged } from './save-judged.ts';

/**
 * Ticks: the schedule rules that are due are claimed by one process, judged for all their subjects with facts that are
 * computed once, and saved with the times of their next ticks, in one transaction. However long nobody ticked, a rule is
 * judged once, at the last of the moments that have passed: what they would have seen is gone, and a burst helps nobody.
 */
const PER_SUBJECT = 500;
/** An agent is looked at for so long after the beginning of their last chat. */
const AGENT_AFTER_MS = 7 * 86_400_000;
/** Of a schedule that never comes again. */
const NEVER_MS = 366 * 86_400_000;

const log = getLogger(['vigia', 'schedules']);

interface ScheduleRule extends Rule {
  trigger: { kind: 'schedule'; every: Schedule };
}

/** @returns when something ticks next, epoch ms; undefined when no rule has a schedule */
export async function tickSchedules(deps: ProcessDeps, orgId: string): Promise<number | undefined> {
  const ruleset = deps.ruleset();
  const now = deps.clock.now();
  const rules = await syncWithRules(deps, orgId, ruleset, now);
  if (rules === 0) return undefined;
  const nextAt = await findNextTickAt(deps.database.db, orgId);
  if (nextAt === undefined || nextAt > now) return nextAt;
  await tickDue(deps, orgId, ruleset);
  return findNextTickAt(deps.database.db, orgId);
}

/** What is due ticks together; when that fails, one rule after the other, so that one that cannot be saved holds up no other. */
async function tickDue(deps: ProcessDeps, orgId: string, ruleset: CompiledRuleset): Promise<void> {
  try {
    await tickOnce(deps, orgId, ruleset);
  } catch (error) {
    if (isPassingFault(error)) throw error;
    log.warn('the rules that were due failed together, trying one by one: {error}', { error: errorText(error) });
    for (const rule of scheduleRulesOf(ruleset)) await tickAlone(deps, orgId, ruleset, rule);
  }
}

/** A rule that cannot be judged or saved by itself misses this tick; its next one is tried like any other. */
async function tickAlone(
  deps: ProcessDeps,
  orgId: string,
  ruleset: CompiledRuleset,
  rule: ScheduleRule,
): Promise<void> {
  try {
    await tickOnce(deps, orgId, ruleset, rule.id);
  } catch (error) {
    if (isPassingFault(error)) throw error;
    log.error('rule {rule} misses a tick, which could not be saved: {error}', {
      rule: rule.id,
      error: errorText(error),
    });
    const now = deps.clock.now();
    await skipTick(deps.database.db, { orgId, ruleId: rule.id, now, nextAt: momentAfter(rule, now) });
  }
}

/**
 * A rule that is new or ticks at other times begins at the next of its moments; one that is gone ticks no more.
 * @returns how many rules have a schedule
 */
async function syncWithRules(deps: ProcessDeps, orgId: string, ruleset: CompiledRuleset, now: number): Promise<number> {
  const known = new Map((await loadSchedules(deps.database.db, orgId)).map((row) => [row.ruleId, row]));
  const rules = scheduleRulesOf(ruleset);
  const changed = rules.flatMap((rule): ScheduleRow[] => {
    const every = formatSchedule(rule.trigger.every);
    if (known.get(rule.id)?.every === every) return [];
    return [{ orgId, ruleId: rule.id, every, nextAt: momentAfter(rule, now) }];
  });
  const ids = new Set(rules.map(({ id }) => id));
  const gone = [...known.keys()].filter((id) => !ids.has(id));
  if (changed.length > 0 || gone.length > 0) {
    await deps.database.transaction((tx) => syncSchedules(tx, orgId, { changed, gone }));
  }
  return rules.length;
}

function scheduleRulesOf({ active }: CompiledRuleset): ScheduleRule[] {
  return [...active.values()].filter((rule): rule is ScheduleRule => rule.trigger.kind === 'schedule');
}

function momentAfter({ trigger }: ScheduleRule, now: number): number {
  return nextMoment(trigger.every, now) ?? now + NEVER_MS;
}

/** @param only the rule that ticks alone */
async function tickOnce(deps: ProcessDeps, orgId: string, ruleset: CompiledRuleset, only?: string): Promise<void> {
  const done = await deps.database.transaction(async (tx) => {
    // After the lock: another process may have ticked meanwhile.
    const now = deps.clock.now();
    const claimed = await claimSchedules(tx, orgId, now, only);
    const byId = new Map(scheduleRulesOf(ruleset).map((rule) => [rule.id, rule]));
    const due = claimed.flatMap((row) => {
      const rule = byId.get(row.ruleId);
      return rule === undefined ? [] : [{ row, rule, at: lastMoment(rule.trigger.every, now) ?? row.nextAt }];
    });
    if (due.length === 0) return undefined;
    const ticks = await ticksOf(tx, deps, orgId, ruleset, due, now);
    const keys = [...ticks.keys()].map((subject) => ({ orgId, subject }));
    await ensureLanes(tx, keys);
    await lockSubjects(tx, keys);
    const batch = await judgeSubjects(tx, keys, {
      now,
      ruleset,
      channels: deps.channels(),
      accepted: deps.vocabulary?.accepted,
      online: deps.online,
      perSubject: PER_SUBJECT,
      ticks,
    });
    const jobs = await saveJudged(tx, batch.judged, saveOptions(deps, ruleset, batch.pauses, now));
    const noted = await deps.vocabulary?.note(tx, batch.judged);
    await saveTicked(
      tx,
      due.map(({ row, rule, at }) => ({ ...row, lastAt: at, nextAt: momentAfter(rule, now) })),
    );
    return { batch, jobs: jobs + (noted?.jobs ?? 0), noted };
  });
  if (done === undefined) return;
  done.noted?.keep();
  deps.onJudged?.(done.batch, done.jobs);
}

/** The ticks of each subject: of every rule those whom it is judged for. */
async function ticksOf(
  tx: Db,
  deps: ProcessDeps,
  orgId: string,
  ruleset: CompiledRuleset,
  due: readonly { rule: ScheduleRule; at: number }[],
  now: number,
): Promise<Map<string, Tick[]>> {
  const kindOf = (ruleId: string) => ruleset.reads.get(ruleId)?.subject ?? 'desk';
  const kinds = new Set(due.map(({ rule }) => kindOf(rule.id)));
  const subjects = {
    desk: [formatSubject({ kind: 'desk' })],
    channel: kinds.has('channel') ? await channelSubjects(tx, deps, orgId, ruleset) : [],
    agent: kinds.has('agent') ? await agentSubjects(tx, orgId, now) : [],
  };
  const ruleIds = due.map(({ rule }) => rule.id);
  const open = Map.groupBy(await listSubjectsOfEpisodes(tx, orgId, ruleIds), ({ ruleId }) => ruleId);
  const ticks = new Map<string, Tick[]>();
  for (const { rule, at } of due) {
    const kind = kindOf(rule.id);
    const lasting = (open.get(rule.id) ?? []).map(({ subject }) => subject);
    for (const subject of new Set([...subjects[kind], ...lasting])) {
      if (parseSubject(subject)?.kind !== kind) continue;
      const own = ticks.get(subject) ?? [];
      own.push({ ruleId: rule.id, at });
      ticks.set(subject, own);
    }
  }
  return ticks;
}

/** Channels that the directory or Zoho Desk told of, and those that chats came from. */
async function channelSubjects(tx: Db, deps: ProcessDeps, orgId: string, ruleset: CompiledRuleset): Promise<string[]> {
  const seen = await listChannelsWithChats(tx, orgId);
  const ids = new Set([...ruleset.directory.channels.keys(), ...deps.channels().keys(), ...seen]);
  return [...ids].sort().map((id) => formatSubject({ kind: 'channel', id }));
}

async function agentSubjects(tx: Db, orgId: string, now: number): Promise<string[]> {
  const ids = await listAgentsWithChats(tx, orgId, now - AGENT_AFTER_MS);
  return ids.map((id) => formatSubject({ kind: 'agent', id }));
}
