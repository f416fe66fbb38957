import { getOffset } from '../domain/duration.ts';
import { AppError } from '../domain/errors.ts';
import { isJsonObject, type JsonObject } from '../domain/json.ts';
import type { Rule } from '../domain/rule.ts';
import type { RuleTest, TestStep } from '../domain/test-file.ts';
import type { Trace } from '../domain/trace.ts';
import { type CompiledRuleset, compileRuleset } from '../engine/compile.ts';
import { type Evaluator, watchEvaluator } from '../engine/evaluate.ts';
import { loadRuleset } from '../engine/load/load-ruleset.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import type { RuleIndex } from '../engine/rule-index.ts';
import { toDeskEvent } from '../ingress/zoho-desk/desk-event.ts';
import { isOfARule } from './carried.ts';
import { editRules, withCalendars } from './edit-rules.ts';
import { compareActions, compareCards, compareDecisions, type Difference } from './expectations.ts';
import { type Click, createTrial, type Entry, type Happening, type Trial } from './trial.ts';

/** Runs the tests of rule files in virtual time. */
export interface TestResult {
  name: string;
  /** Absent when all was as expected. */
  failure?: TestFailure;
  /** All that happened, up to the failure. */
  record: readonly Entry[];
}

export interface TestFailure {
  /** Of the step that failed, from 0. */
  step: number;
  /** As the file writes it. */
  at: string;
  /** What is wrong with the step itself: an event that cannot be one, a card that is not there. */
  fault?: string;
  differences: Difference[];
  /** How the conditions stood: at the decision that did what was not expected, or when the rule was last judged. */
  why?: Judgement;
}

/** One evaluation of a rule's conditions. */
export interface Judgement {
  ruleId: string;
  /** Epoch ms. */
  at: number;
  trace: Trace;
}

export const DEFAULT_START = '2026-03-02T10:00:00-03:00';
const ORG_ID = 'trial';

export interface TestRunner {
  /** Runs one test of the rule's file. */
  run(ruleId: string, test: RuleTest): Promise<TestResult>;
}

/**
 * Rules in force are the rule itself and those that the test adds; each set is compiled once.
 * @param watch wraps the evaluator of the conditions, for coverage
 */
export function createTestRunner(
  ruleset: Ruleset,
  watch: (evaluator: Evaluator) => Evaluator = (evaluator) => evaluator,
): TestRunner {
  const compiled = new Map<string, CompiledRuleset>();
  const latest = createLatest();

  function compile(from: Ruleset, wanted: ReadonlySet<string>): CompiledRuleset {
    const rules = wanted.has('*') ? from.rules : from.rules.filter(({ id }) => wanted.has(id));
    const fresh = compileRuleset({ ...from, rules }, selectAll);
    return { ...fresh, evaluator: latest.watch(watch(fresh.evaluator)) };
  }

  /** The rules that are in force at the beginning of a test. */
  function rulesFor(ruleId: string, { with: more = [], world }: RuleTest): Loaded {
    const wanted = new Set([ruleId, ...more]);
    const calendars = world?.calendars;
    const key = JSON.stringify([[...wanted].sort(), calendars]);
    const known = compiled.get(key);
    if (known !== undefined) return { rules: known };
    const loaded = calendars === undefined ? ruleset : load(filesFor(world), 'the calendars of this world');
    if ('fault' in loaded) return loaded;
    const rules = compile(loaded, wanted);
    compiled.set(key, rules);
    return { rules };
  }

  function filesFor(world: RuleTest['world']): Map<string, string> {
    const files = new Map(Object.entries(ruleset.files));
    return world?.calendars === undefined ? files : withCalendars(files, toJsonObject(world.calendars));
  }

  /** The rules of a test as they are edited one time after the other. */
  function createEditing(ruleId: string, test: RuleTest): Context['edit'] {
    let files = filesFor(test.world);
    return (edits) => {
      const edited = editRules(files, edits);
      const loaded = load(edited, 'the edited rules');
      if ('fault' in loaded) return loaded;
      files = edited;
      return { rules: compile(loaded, new Set([ruleId, ...(test.with ?? [])])) };
    };
  }

  return {
    async run(ruleId, test) {
      const unknown = (test.with ?? []).find((id) => id !== '*' && ruleset.rules.every((rule) => rule.id !== id));
      latest.clear();
      const start = Date.parse(test.start ?? DEFAULT_START);
      if (unknown !== undefined) return failedFirst(test, `with names "${unknown}", and there is no such rule`);
      const loaded = rulesFor(ruleId, test);
      if ('fault' in loaded) return failedFirst(test, loaded.fault);
      const options = { ruleset: loaded.rules, start, world: test.world, orgId: ORG_ID };
      const trial = orFault(() => createTrial(options));
      if (typeof trial === 'string') return failedFirst(test, trial);
      const failure = await runSteps(trial, test.steps, { ruleId, start, edit: createEditing(ruleId, test) });
      const result: TestResult = { name: test.name, record: trial.record };
      if (failure === undefined) return result;
      const why = findTrace(failure, trial.record, latest.of(ruleId));
      return { ...result, failure: { ...failure, ...(why === undefined ? {} : { why }) } };
    },
  };
}

type Loaded = { rules: CompiledRuleset } | { fault: string };

interface Context {
  ruleId: string;
  start: number;
  /** Compiles the rules with these edits, on top of those before. */
  edit: (edits: NonNullable<TestStep['edit']>) => Loaded;
}

/** @param what of which the fault is told */
function load(files: ReadonlyMap<string, string>, what: string): Ruleset | { fault: string } {
  const loaded = loadRuleset(files);
  if (loaded.ok) return loaded.ruleset;
  const [first] = loaded.faults.filter(({ severity }) => severity === 'error');
  return { fault: `${what} cannot be loaded: ${first?.file}: ${first?.message}. ${first?.remedy}` };
}

/** A test that cannot begin. */
function failedFirst({ name }: RuleTest, fault: string): TestResult {
  return { name, failure: { step: 0, at: '0s', fault, differences: [] }, record: [] };
}

/** What is wrong with what a test says of its world, as a text. */
function orFault<T>(make: () => T): T | string {
  try {
    return make();
  } catch (error) {
    if (error instanceof AppError) return [error.message, error.remedy].filter((one) => one !== undefined).join(' ');
    throw error;
  }
}

/** Steps in the order of their times; of those at one time all happen together, before any expects. */
async function runSteps(trial: Trial, steps: readonly TestStep[], context: Context): Promise<TestFailure | undefined> {
  const marks = { expect: 0, decisions: 0 };
  const numbered = steps.map((step, number) => ({ step, number, at: context.start + getOffset(step.at) }));
  for (const [at, group] of [...Map.groupBy(numbered, (one) => one.at)].sort(([a], [b]) => a - b)) {
    await trial.passUntil(at);
    const happening: Required<Happening> = { events: [], clicks: [] };
    for (const { step, number } of group) {
      const fault = prepare(trial, step, { ...context, at }, happening);
      if (fault !== undefined) return { step: number, at: step.at, fault, differences: [] };
    }
    await trial.moment(at, happening);
    for (const { step, number } of group) {
      const fault = await applyChanges(trial, step, context);
      if (fault !== undefined) return { step: number, at: step.at, fault, differences: [] };
    }
    for (const { step, number } of group) {
      const differences = compareStep(trial, step, marks);
      if (differences.length > 0) return { step: number, at: step.at, differences };
    }
  }
  return undefined;
}

/**
 * Adds what a step says to what happens at its moment.
 * @returns what is wrong with the step, if anything
 */
function prepare(
  trial: Trial,
  step: TestStep,
  { ruleId, start, at }: Context & { at: number },
  happening: Required<Happening>,
): string | undefined {
  const { world } = step;
  const fault = world === undefined ? undefined : orFault(() => trial.changeWorld(world));
  if (fault !== undefined) return fault;
  const happenedAt = step.happenedAt === undefined ? at : start + getOffset(step.happenedAt);
  for (const written of [...(step.event === undefined ? [] : [step.event]), ...(step.events ?? [])]) {
    const reading = toEvent(written, happenedAt, at);
    if (!reading.ok) return `this is no event: ${reading.reason}`;
    happening.events.push(reading.event);
  }
  if (happening.events.length > 0 && trial.isDownAt(at)) {
    return 'the service is down at this time in this test: let the event come when it is back, with "happenedAt"';
  }
  const click = step.click === undefined ? undefined : findClick(trial, step.click, ruleId);
  if (typeof click === 'string') return click;
  if (click !== undefined) happening.clicks.push(click);
  return undefined;
}

/** After what happens at its moment: the rules that a step edits, and a service that goes down. */
async function applyChanges(trial: Trial, { edit, down }: TestStep, context: Context): Promise<string | undefined> {
  if (down !== undefined) trial.goDown(getOffset(down));
  if (edit === undefined) return undefined;
  const edited = context.edit(edit);
  if ('fault' in edited) return edited.fault;
  await trial.changeRules(edited.rules, new Set(Object.keys(edit)));
  await trial.moment(trial.now());
  return undefined;
}

function toEvent({ type, ...payload }: NonNullable<TestStep['event']>, happenedAt: number, receivedAt: number) {
  return toDeskEvent(
    { eventType: type, eventTime: String(happenedAt), orgId: ORG_ID, payload: toJsonObject(payload) },
    { orgId: ORG_ID, receivedAt },
  );
}

/** Guarantee: it was read from a JSON file. */
function toJsonObject(payload: Record<string, unknown>): JsonObject {
  return payload as JsonObject;
}

function findClick(trial: Trial, click: NonNullable<TestStep['click']>, ruleId: string): Click | string {
  const { button, rule = ruleId, session, by = 'U0TEST' } = click;
  const cards = trial
    .cards()
    .filter((card) => card.ruleId === rule && (session === undefined || card.sessionId === session));
  const [card] = cards;
  if (card === undefined) return `there is no card of ${rule} to click on`;
  if (session === undefined && new Set(cards.map(({ sessionId }) => sessionId)).size > 1) {
    return `several chats have a card of ${rule}: say which with "session"`;
  }
  const newest = cards.at(-1) ?? card;
  return button === 'snooze'
    ? { alertId: newest.id, button, by, forMs: getOffset(click.for ?? '30m') }
    : { alertId: newest.id, button, by };
}

function compareStep(trial: Trial, step: TestStep, marks: { expect: number; decisions: number }): Difference[] {
  const differences: (Difference | undefined)[] = [];
  const { record } = trial;
  if (step.expect !== undefined) {
    // The edits of cards are no action of a rule, and a card that joined another's is that card; `cards` tells how they stand.
    const happened = record
      .slice(marks.expect)
      .flatMap((entry) => (entry.kind === 'action' && isOfARule(entry.carried) ? [entry.carried] : []));
    marks.expect = record.length;
    differences.push(compareActions(step.expect, happened));
  }
  if (step.decisions !== undefined) {
    const happened = record
      .slice(marks.decisions)
      .flatMap((entry) => (entry.kind === 'decision' ? [entry.decision] : []));
    marks.decisions = record.length;
    differences.push(compareDecisions(step.decisions, happened));
  }
  if (step.cards !== undefined) differences.push(compareCards(step.cards, trial.cards()));
  return differences.filter((difference) => difference !== undefined);
}

/** Every rule is looked at, so that each comparison is seen judged; the outcome is the same. */
function selectAll(rules: readonly Rule[]): RuleIndex<Rule> {
  const all = [...rules];
  return { select: () => all };
}

/** Remembers how each rule was judged last. */
function createLatest() {
  const judgements = new Map<string, Judgement>();
  return {
    clear: () => judgements.clear(),
    of: (ruleId: string) => judgements.get(ruleId),
    watch: (evaluator: Evaluator) =>
      watchEvaluator(evaluator, (evaluation, rule, _facts, at) => {
        if (evaluation.ok) judgements.set(rule.id, { ruleId: rule.id, at, trace: evaluation.trace });
        return evaluation;
      }),
  };
}

function findTrace(
  { differences }: TestFailure,
  record: readonly Entry[],
  last: Judgement | undefined,
): Judgement | undefined {
  const surprise = differences.flatMap(({ unexpected }) => unexpected)[0];
  const ruleId = isJsonObject(surprise) ? surprise.rule : undefined;
  const decided = record.flatMap((entry) => (entry.kind === 'decision' ? [entry.decision] : []));
  const decision = decided.findLast(({ trace, ...one }) => trace !== undefined && one.ruleId === ruleId);
  if (decision?.trace === undefined) return last;
  return { ruleId: decision.ruleId, at: decision.at, trace: decision.trace };
}
