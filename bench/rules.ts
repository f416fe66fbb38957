import { Engine, type RuleProperties } from 'json-rules-engine';
import type { DeskEvent } from '../src/domain/event.ts';
import type { CompiledRuleset } from '../src/engine/compile.ts';
import { eventFacts, type Facts, valueAt } from '../src/engine/facts.ts';
import { CAN_MATCH, CHAT, eventRules } from './rule-sets.ts';
import { formatNumber, formatTable, median, round } from './statistics.ts';

/**
 * What judging one event costs when 10 to 10,000 rules are in force of which five can match: the index with the
 * evaluator, as judging does it, against json-rules-engine run over all rules.
 */
export const SIZES = [10, 100, 1_000, 10_000] as const;
/** What the service promises: 10,000 rules cost at most so many times what 10 do. */
export const MAX_RATIO = 1.5;

export interface RulesFigures {
  canMatch: number;
  /** Medians, µs an event. */
  rows: { rules: number; vigia: number; dotted: number; plain: number }[];
  /** Vigia at 10,000 rules to Vigia at 10. */
  ratio: number;
}

const EVENT: DeskEvent = {
  orgId: 'o1',
  source: 'bench',
  type: 'IM_Session_Status',
  key: 'k',
  subject: 's1',
  sessionId: 's1',
  at: 1_772_456_400_000,
  receivedAt: 1_772_456_400_000,
  payload: {
    sessionId: 's1',
    sessionStatus: CHAT.to,
    sessionOldStatus: CHAT.from,
    channelId: CHAT.channelId,
    integration: 'WHATSAPP',
    currentAssigneeId: CHAT.assigneeId,
    assigneeType: 'AGENT',
    replyStatus: 'ACCEPTED',
    messagesCount: 12,
  },
};

const FACTS: Facts = {
  event: eventFacts(EVENT),
  session: { id: 's1', status: CHAT.to, assigneeId: CHAT.assigneeId, channelId: CHAT.channelId, messagesCount: 12 },
  transition: { from: CHAT.from, to: CHAT.to },
  channel: { id: CHAT.channelId, integration: 'WHATSAPP' },
  clock: { now: '2026-03-02T13:00:00.000Z', weekday: 'monday', hour: 13 },
};

/** One judgement; resolves to how many rules matched. */
type Judge = () => Promise<number>;

/** What judge-event does with an event: select, then evaluate one after the other. */
function judgeAsVigia(ruleset: CompiledRuleset): Judge {
  return async () => {
    let matched = 0;
    for (const rule of ruleset.eventRules.get(EVENT.type)?.select(FACTS) ?? []) {
      const evaluation = await ruleset.evaluator.evaluate(rule, FACTS, EVENT.at);
      if (evaluation.ok && evaluation.result) matched += 1;
    }
    return matched;
  };
}

/** json-rules-engine by itself, with all rules; `dotted` with our resolver of paths instead of its JSONPath. */
function judgeByEngine({ rules }: CompiledRuleset, dotted: boolean): Judge {
  const pathResolver = (value: object, path: string): unknown => valueAt(value, path);
  const engine = new Engine([], { allowUndefinedFacts: true, ...(dotted ? { pathResolver } : {}) });
  for (const { id, conditions } of rules) {
    engine.addRule({ name: id, conditions: conditions as RuleProperties['conditions'], event: { type: 'matched' } });
  }
  return async () => (await engine.run({ ...FACTS })).results.length;
}

interface Runner {
  judge: Judge;
  /** Judgements timed together, so that the clock's own cost does not count. */
  batch: number;
  times: number[];
}

/** A timed batch lasts about so long, ms; one of 10,000 rules in the plain engine lasts longer by itself. */
const BATCH_MS = 2;

async function createRunner(judge: Judge, warmUpMs: number): Promise<Runner> {
  const startedAt = performance.now();
  let runs = 0;
  do {
    await judge();
    runs += 1;
  } while (performance.now() - startedAt < warmUpMs);
  const eachMs = (performance.now() - startedAt) / runs;
  return { judge, batch: Math.max(1, Math.round(BATCH_MS / eachMs)), times: [] };
}

async function timeBatch({ judge, batch, times }: Runner): Promise<void> {
  const startedAt = performance.now();
  for (let index = 0; index < batch; index += 1) await judge();
  times.push(((performance.now() - startedAt) * 1_000) / batch);
}

/** Runs take turns, so that what else the machine does meets all of them alike. */
async function takeTurns(runners: readonly Runner[], ms: number): Promise<void> {
  const until = performance.now() + ms;
  do for (const runner of runners) await timeBatch(runner);
  while (performance.now() < until);
}

/** @param seconds how long to measure, in all and roughly */
export async function measureRules(seconds: number): Promise<RulesFigures> {
  const shareMs = (seconds * 1_000) / 4;
  const cases: { rules: number; vigia: Runner; dotted: Runner; plain: Runner }[] = [];
  for (const rules of SIZES) {
    const ruleset = eventRules(rules);
    const judges = {
      vigia: judgeAsVigia(ruleset),
      dotted: judgeByEngine(ruleset, true),
      plain: judgeByEngine(ruleset, false),
    };
    const counts = await Promise.all(Object.values(judges).map((judge) => judge()));
    if (new Set(counts).size !== 1) throw new Error(`they do not agree at ${rules} rules: ${counts.join()} matches`);
    const warmUpMs = shareMs / SIZES.length / 3;
    cases.push({
      rules,
      vigia: await createRunner(judges.vigia, warmUpMs),
      dotted: await createRunner(judges.dotted, warmUpMs),
      plain: await createRunner(judges.plain, warmUpMs),
    });
  }
  await takeTurns(
    cases.map(({ vigia }) => vigia),
    shareMs,
  );
  for (const { dotted, plain } of cases) await takeTurns([dotted, plain], (shareMs * 2) / SIZES.length);
  const rows = cases.map(({ rules, vigia, dotted, plain }) => ({
    rules,
    vigia: median(vigia.times),
    dotted: median(dotted.times),
    plain: median(plain.times),
  }));
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing was measured');
  return { canMatch: CAN_MATCH, rows, ratio: round(last.vigia / first.vigia) };
}

export function formatRules({ rows, ratio, canMatch }: RulesFigures): string {
  const table = formatTable([
    ['rules in force', 'Vigia, µs', 'json-rules-engine, µs', 'with dotted paths, µs', 'times Vigia'],
    ...rows.map(({ rules, vigia, dotted, plain }) => [
      rules.toLocaleString('en-US'),
      formatNumber(vigia),
      formatNumber(plain),
      formatNumber(dotted),
      formatNumber(plain / vigia),
    ]),
  ]);
  const verdict = ratio <= MAX_RATIO ? 'as promised' : `more than the ${MAX_RATIO} promised`;
  return `Judging one event, ${canMatch} rules can match (median)\n\n${table}\n\n10,000 rules cost ${ratio} times what 10 do: ${verdict}.`;
}
