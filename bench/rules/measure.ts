import type { DeskEvent } from '../../src/domain/event.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { eventFacts, type Facts } from '../../src/engine/facts.ts';
import { formatNumber, formatTable, median, round } from '../statistics.ts';
import { type Judge, judgeByJsonLogic, judgeByJsonRules, judgeByZen } from './rivals.ts';
import { CAN_MATCH, CHAT, eventConditions, eventRules, MATCH } from './rule-sets.ts';

/**
 * What judging one event costs when 10 to 10,000 rules are in force of which five can match: the index with the
 * evaluator, as judging does it, against other engines that are given the same rules.
 */
const SIZES = [10, 100, 1_000, 10_000] as const;
/** What the service promises: 10,000 rules cost at most so many times what 10 do. */
export const MAX_RATIO = 1.5;

const ENGINES = ['Vigia', 'json-rules-engine', 'json-rules-engine, dotted', 'zen-engine', 'json-logic-engine'] as const;
type EngineName = (typeof ENGINES)[number];

export interface RulesFigures {
  canMatch: number;
  /** Medians, µs an event. */
  rows: { rules: number; us: Record<EngineName, number> }[];
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
  const shareMs = (seconds * 1_000) / SIZES.length;
  const sizes: { rules: number; runners: Map<EngineName, Runner> }[] = [];
  for (const rules of SIZES) sizes.push({ rules, runners: await createRunners(rules, shareMs / 3 / ENGINES.length) });
  // Vigia's own are measured side by side, since their ratio is what is promised.
  await takeTurns(
    sizes.flatMap(({ runners }) => runners.get('Vigia') ?? []),
    shareMs,
  );
  for (const { runners } of sizes) {
    const others = [...runners].flatMap(([name, runner]) => (name === 'Vigia' ? [] : [runner]));
    await takeTurns(others, (shareMs * 2) / 3);
  }
  const rows = sizes.map(({ rules, runners }) => ({ rules, us: medians(runners) }));
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw new Error('nothing was measured');
  return { canMatch: CAN_MATCH, rows, ratio: round(last.us.Vigia / first.us.Vigia) };
}

async function createRunners(rules: number, warmUpMs: number): Promise<Map<EngineName, Runner>> {
  const conditions = eventConditions(rules);
  const ruleset = eventRules(conditions);
  const judges: Record<EngineName, Judge> = {
    Vigia: judgeAsVigia(ruleset),
    'json-rules-engine': judgeByJsonRules(ruleset, FACTS, false),
    'json-rules-engine, dotted': judgeByJsonRules(ruleset, FACTS, true),
    'zen-engine': judgeByZen(conditions, FACTS),
    'json-logic-engine': judgeByJsonLogic(conditions, FACTS),
  };
  const runners = new Map<EngineName, Runner>();
  for (const name of ENGINES) {
    const count = await judges[name]();
    if (count !== MATCH) throw new Error(`${name} finds ${count} matches among ${rules} rules instead of ${MATCH}`);
    runners.set(name, await createRunner(judges[name], warmUpMs));
  }
  return runners;
}

function medians(runners: ReadonlyMap<EngineName, Runner>): Record<EngineName, number> {
  const pairs = [...runners].map(([name, { times }]) => [name, median(times)] as const);
  // Guarantee: createRunners makes one for each engine.
  return Object.fromEntries(pairs) as Record<EngineName, number>;
}

export function formatRules({ rows, ratio, canMatch }: RulesFigures): string {
  const cells = (us: Record<EngineName, number>) =>
    ENGINES.map((name) => {
      const times = name === 'Vigia' ? '' : ` (${formatNumber(us[name] / us.Vigia)} ×)`;
      return `${formatNumber(us[name])}${times}`;
    });
  const table = formatTable([
    ['rules in force', ...ENGINES],
    ...rows.map(({ rules, us }) => [rules.toLocaleString('en-US'), ...cells(us)]),
  ]);
  const verdict = ratio <= MAX_RATIO ? 'as promised' : `more than the ${MAX_RATIO} promised`;
  const title = `Judging one event, ${canMatch} rules can match (median, µs; in brackets: times Vigia)`;
  return `${title}\n\n${table}\n\n10,000 rules cost Vigia ${ratio} times what 10 do: ${verdict}.`;
}
