import type { AlertState } from '../../domain/alert.ts';
import { formatOffset, getOffset } from '../../domain/duration.ts';
import { AppError } from '../../domain/errors.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Rule } from '../../domain/rule.ts';
import type { FirstWorld, RuleTest, TestStep } from '../../domain/test-file.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import type { SessionHistory, StoredDecision } from '../../store/read/session-history.ts';
import { createTestRunner, DEFAULT_START } from '../run-test.ts';
import type { Entry } from '../trial.ts';
import { createPseudonyms, type Pseudonyms } from './pseudonyms.ts';
import { type Timing, toSteps } from './to-steps.ts';

/**
 * A test made of what really happened to a chat: its events, made anonymous, and what the rules decided then. It is tried
 * at once with the rules that judged, so that it is known to tell the truth: what they do not decide again the same way
 * (since it rested on other chats, or on what was said) is left out, and told.
 */
export interface RecordInput {
  history: SessionHistory;
  /** The chat's cards as they stand. */
  cards: readonly { ruleId: string; state: AlertState }[];
  /** The rules that judged it, by their hash; undefined for those that are not stored or cannot be read any more. */
  rulesets: ReadonlyMap<string, Ruleset | undefined>;
  channels: ReadonlyMap<string, KnownChannel>;
  /** Ids of the rules that there are now: a test of others could not be run. */
  available: ReadonlySet<string>;
  /** Whose test it is; default: the rule that fired first, or decided first. */
  ruleId?: string | undefined;
}

export interface Recorded {
  /** Whose test it is. */
  ruleId: string;
  test: RuleTest;
  /** The rules that judge in it, as they were, and all of their folder then. */
  rules: Rule[];
  ruleset: Ruleset;
  /** Rules that decided something about the chat and are not in the test, and why not. */
  leftOut: { ruleId: string; reason: string }[];
  /** Ids that were kept, since a rule names them. */
  kept: string[];
  timing: 'shifted' | 'weekday' | 'real';
  /** How the cards stand is part of the test. */
  withCards: boolean;
}

const ORG_ID = 'trial';
/** The bounds of test files. */
const MAX_STEPS = 1_000;
const WEEK_MS = 7 * 86_400_000;

/** @throws AppError when nothing can be recorded: why, and what to do */
export async function recordSession(input: RecordInput): Promise<Recorded> {
  const { history } = input;
  expectWhole(history);
  const { ruleset, judging, leftOut } = chooseRules(input);
  let best: Attempt | undefined;
  for (const timing of timings(history, judging, ruleset)) {
    const attempt = await reproduce(input, ruleset, judging, timing);
    if (best === undefined || attempt.rules.length > best.rules.length) best = attempt;
    if (best.rules.length === judging.length) break;
  }
  if (best === undefined || best.rules.length === 0) throw nothingAgain([...leftOut, ...(best?.leftOut ?? [])]);
  return toRecorded(input, ruleset, best, [...leftOut, ...best.leftOut]);
}

function expectWhole({ session, events, decisions, complete }: SessionHistory): void {
  const gone = events.filter(({ removed }) => removed).length;
  if (gone > 0 || events.length === 0) {
    throw new AppError(
      'conflict',
      `${gone} of the ${events.length} events of chat ${session.id} are not kept any more`,
      {
        remedy: 'Record a chat that is younger than what is removed.',
      },
    );
  }
  if (!complete || events.length > MAX_STEPS) throw tooLong(session.id);
  if (decisions.length === 0) {
    throw new AppError('conflict', `no rule has decided anything about chat ${session.id}`, {
      remedy: 'Record a chat that a rule has dealt with; its page lists what was decided.',
    });
  }
}

function tooLong(id: string): AppError {
  return new AppError('too_large', `more happened in chat ${id} than a test can hold`, {
    remedy: `A test has ${MAX_STEPS} steps at the most: record a shorter chat.`,
  });
}

/** The rules that decided something, as they were; what cannot be in one test is left out. */
function chooseRules({ history, rulesets, available }: RecordInput) {
  const hash = history.decisions.at(-1)?.rulesetHash ?? '';
  const ruleset = rulesets.get(hash);
  if (ruleset === undefined) {
    throw new AppError(
      'conflict',
      `the rules that judged chat ${history.session.id} are not kept, or cannot be read any more`,
      {
        remedy: 'Record a chat that newer rules have judged.',
      },
    );
  }
  const judging: Rule[] = [];
  const leftOut: Recorded['leftOut'] = [];
  for (const [ruleId, own] of Map.groupBy(history.decisions, (decision) => decision.ruleId)) {
    const versions = [...new Set(own.map(({ rulesetHash }) => rulesetHash))].map((one) =>
      rulesets.get(one)?.rules.find(({ id }) => id === ruleId),
    );
    const rule = ruleset.rules.find(({ id }) => id === ruleId);
    if (!available.has(ruleId)) leftOut.push({ ruleId, reason: 'the folder has no such rule any more' });
    else if (rule === undefined) leftOut.push({ ruleId, reason: 'it was removed while the chat lasted' });
    else if (versions.some((version) => version?.contentHash !== rule.contentHash)) {
      leftOut.push({ ruleId, reason: 'it was edited while the chat lasted' });
    } else if (rule.trigger.kind === 'schedule') {
      leftOut.push({ ruleId, reason: 'a schedule rule judges more than one chat' });
    } else judging.push(rule);
  }
  return { ruleset, judging, leftOut };
}

/** From the most readable times to those that are exactly the real ones. */
function* timings({ events }: SessionHistory, rules: readonly Rule[], ruleset: Ruleset): Generator<Named> {
  const first = Math.min(...events.map(({ event }) => Math.min(event.at, event.receivedAt)));
  const start = Date.parse(DEFAULT_START);
  const minute = Math.floor(first / 60_000) * 60_000;
  if (readsCalendar(rules, ruleset)) {
    // The same hour of the same weekday, in the week in which tests begin.
    const shiftMs = Math.round((start - minute) / WEEK_MS) * WEEK_MS;
    yield { name: 'weekday', zeroAt: minute, shiftMs, tidy: true };
    yield { name: 'weekday', zeroAt: minute, shiftMs, tidy: false };
  } else {
    yield { name: 'shifted', zeroAt: first, shiftMs: start - first, tidy: true };
    yield { name: 'shifted', zeroAt: first, shiftMs: start - first, tidy: false };
  }
  yield { name: 'real', zeroAt: minute, shiftMs: 0, tidy: false };
}

interface Named extends Timing {
  name: Recorded['timing'];
}

function readsCalendar(rules: readonly Rule[], ruleset: Ruleset): boolean {
  return rules.some(
    ({ id, during }) =>
      during !== undefined || /"clock"|\bclock\.|\|\s*time\b/.test(ruleset.files[`${id}.rule.json`] ?? ''),
  );
}

/** A test without expectations whose rules decide again what they did decide. */
interface Attempt {
  rules: Rule[];
  leftOut: Recorded['leftOut'];
  timing: Named;
  pseudonyms: Pseudonyms;
  skeleton: RuleTest;
  record: readonly Entry[];
}

async function reproduce(
  input: RecordInput,
  ruleset: Ruleset,
  judging: readonly Rule[],
  timing: Named,
): Promise<Attempt> {
  const runner = createTestRunner(ruleset);
  const leftOut: Recorded['leftOut'] = [];
  let rules = [...judging];
  for (;;) {
    const pseudonyms = createPseudonyms(textsOf(ruleset, rules));
    const skeleton = toSkeleton(input, { ruleset, rules, pseudonyms, timing });
    const [first] = rules;
    const attempt = { rules, leftOut, timing, pseudonyms, skeleton };
    if (first === undefined) return { ...attempt, record: [] };
    const { record, failure } = await runner.run(first.id, { ...skeleton, with: rules.map(({ id }) => id) });
    const other = rules.filter(({ id }) => !decidesAgain(id, input.history.decisions, record, timing));
    if (failure?.fault !== undefined && other.length === 0) {
      // A click on a card that the trial does not have: its rule is not reproduced.
      const clicked = skeleton.steps[failure.step]?.click?.rule;
      other.push(...rules.filter(({ id }) => id === clicked));
    }
    if (other.length === 0) return { ...attempt, record };
    const reason = 'it does not decide the same again: what it read is not part of this chat, or is not kept';
    for (const { id } of other) leftOut.push({ ruleId: id, reason: reasonOf(ruleset, id) ?? reason });
    rules = rules.filter((rule) => !other.includes(rule));
  }
}

/** What other chats did is in no test of one chat. */
function reasonOf({ rules }: Ruleset, id: string): string | undefined {
  const rule = rules.find((one) => one.id === id);
  if (rule?.limit !== undefined && rule.limit.per !== 'session') return 'its limit counts other chats too';
  return rule !== undefined && rule.inhibitedBy.length > 0 ? 'other chats may have held it back' : undefined;
}

function toSkeleton(
  { history, channels }: RecordInput,
  {
    ruleset,
    rules,
    pseudonyms,
    timing,
  }: { ruleset: Ruleset; rules: readonly Rule[]; pseudonyms: Pseudonyms; timing: Timing },
): RuleTest {
  const ids = new Set(rules.map(({ id }) => id));
  const steps = toSteps(history, { rules: ids, pseudonyms, timing, orgId: ORG_ID });
  return {
    name: 'a recorded chat',
    start: new Date(timing.zeroAt + timing.shiftMs).toISOString(),
    world: toWorld(history, channels, pseudonyms, textsOf(ruleset, rules)),
    steps,
  };
}

/** The channels and assignees that the events name. Nobody's name is in it, and a channel's only where a rule names it. */
function toWorld(
  { events }: SessionHistory,
  known: ReadonlyMap<string, KnownChannel>,
  pseudonyms: Pseudonyms,
  texts: readonly string[],
): FirstWorld {
  const ids = (field: string) => [
    ...new Set(events.flatMap(({ event }) => (typeof event.payload[field] === 'string' ? [event.payload[field]] : []))),
  ];
  const departments = new Set<string>();
  const channels = ids('channelId').map((id) => {
    const { name, departmentId, integration } = known.get(id) ?? {};
    const department = departmentId === undefined ? undefined : pseudonyms.of('departmentId', departmentId);
    if (department !== undefined) departments.add(department);
    return {
      id: pseudonyms.of('channelId', id),
      ...(name !== undefined && texts.some((text) => text.includes(JSON.stringify(name))) ? { name } : {}),
      ...(department === undefined ? {} : { departmentId: department }),
      ...(integration === undefined ? {} : { integration }),
    };
  });
  const agents = ids('currentAssigneeId')
    .filter((id) => id !== '')
    .map((id) => ({ id: pseudonyms.of('currentAssigneeId', id), departments: [...departments] }));
  return { ...(channels.length === 0 ? {} : { channels }), ...(agents.length === 0 ? {} : { agents }) };
}

function textsOf({ files }: Ruleset, rules: readonly Rule[]): string[] {
  const own = rules.map(({ id }) => files[`${id}.rule.json`] ?? '');
  return [...own, files['conditions.json'] ?? ''];
}

/** Steps and repeats count from when the firing was really judged, which a busy moment puts off. */
const TOLERANCE_MS = 5_000;

/** Whether a rule decides in the trial what is on record, and when. */
function decidesAgain(
  id: string,
  stored: readonly StoredDecision[],
  record: readonly Entry[],
  { shiftMs }: Timing,
): boolean {
  const before = inOrder(stored.filter(({ ruleId }) => ruleId === id));
  const again = inOrder(
    record.flatMap((entry) => (entry.kind === 'decision' && entry.decision.ruleId === id ? [entry.decision] : [])),
  );
  return (
    before.length === again.length &&
    before.every(({ what, at }, index) => {
      const other = again[index];
      return other?.what === what && Math.abs(at + shiftMs - other.at) <= TOLERANCE_MS;
    })
  );
}

function inOrder(decisions: readonly Pick<StoredDecision, 'outcome' | 'step' | 'repeat' | 'at'>[]) {
  return decisions
    .map(({ outcome, step = '', repeat = '', at }) => ({ what: `${outcome} ${step} ${repeat}`, at }))
    .sort((a, b) => (a.what === b.what ? a.at - b.at : a.what < b.what ? -1 : 1));
}

function nothingAgain(leftOut: Recorded['leftOut']): AppError {
  const reasons = leftOut.map(({ ruleId, reason }) => `${ruleId}: ${reason}`).join('\n');
  return new AppError('conflict', 'nothing of what was decided about this chat can be told by a test of its own', {
    remedy: `${reasons}\nRecord another chat.`,
  });
}

async function toRecorded(
  { history, cards, ruleId }: RecordInput,
  ruleset: Ruleset,
  { rules, timing, pseudonyms, skeleton, record }: Attempt,
  leftOut: Recorded['leftOut'],
): Promise<Recorded> {
  const first = history.decisions.find(({ outcome }) => outcome === 'fired' || outcome === 'shadow');
  const wanted = ruleId ?? [first?.ruleId, rules[0]?.id].find((id) => rules.some((rule) => rule.id === id));
  const own = rules.find(({ id }) => id === wanted) ?? (ruleId === undefined ? rules[0] : undefined);
  if (own === undefined) {
    const reason = leftOut.find((one) => one.ruleId === ruleId)?.reason ?? 'it decided nothing about this chat';
    throw new AppError('conflict', `the chat cannot be recorded as a test of ${ruleId}: ${reason}`, {
      remedy: `Name one of ${rules.map(({ id }) => id).join(', ')} with --rule.`,
    });
  }
  const session = pseudonyms.of('sessionId', history.session.id);
  const start = timing.zeroAt + timing.shiftMs;
  const decided = withDecisions(skeleton.steps, record, { start, session });
  const standing = cards.filter((card) => rules.some(({ id }) => id === card.ruleId));
  const test: RuleTest = {
    ...skeleton,
    with: rules.filter((rule) => rule !== own).map(({ id }) => id),
    steps: decided,
  };
  if (test.with?.length === 0) delete test.with;
  const last = decided.at(-1);
  const withStanding = {
    ...test,
    steps: [
      ...decided.slice(0, -1),
      { ...last, at: last?.at ?? '0s', cards: standing.map(({ ruleId: rule, state }) => ({ state, rule, session })) },
    ],
  };
  const runner = createTestRunner(ruleset);
  const withCards = (await runner.run(own.id, withStanding)).failure === undefined;
  const chosen = withCards ? withStanding : test;
  if (!withCards && (await runner.run(own.id, test)).failure !== undefined) throw nothingAgain(leftOut);
  return {
    ruleId: own.id,
    test: chosen,
    rules,
    ruleset,
    leftOut,
    kept: pseudonyms.kept(),
    timing: timing.name,
    withCards,
  };
}

/** The steps in the order of time, with what was decided at each moment, and a last one after which nothing more was. */
function withDecisions(
  steps: readonly TestStep[],
  record: readonly Entry[],
  { start, session }: { start: number; session: string },
): TestStep[] {
  const decided = Map.groupBy(
    record.flatMap((entry) => (entry.kind === 'decision' ? [entry] : [])),
    ({ at }) => formatOffset(at - start),
  );
  const byMoment = Map.groupBy(steps, ({ at }) => at);
  const moments = [...new Set([...byMoment.keys(), ...decided.keys()])].sort((a, b) => getOffset(a) - getOffset(b));
  const told = moments.flatMap((at): TestStep[] => {
    const saying = (byMoment.get(at) ?? []).filter((step) => Object.keys(step).length > 1);
    const here = saying.length === 0 ? [{ at }] : saying;
    const decisions = (decided.get(at) ?? []).map(({ decision: { outcome, ruleId: rule } }) => ({
      outcome,
      rule,
      session,
    }));
    const last = here.at(-1) ?? { at };
    return decisions.length === 0 ? here : [...here.slice(0, -1), { ...last, decisions }];
  });
  const end = told.at(-1);
  return end?.decisions === undefined && end !== undefined ? [...told.slice(0, -1), { ...end, decisions: [] }] : told;
}

/** The test as a file, for people to read and to go on writing. */
export function toTestFile(test: RuleTest): JsonObject {
  return JSON.parse(JSON.stringify({ $schema: './test.schema.json', tests: [test] }));
}
