import type { Action } from '../../domain/action.ts';
import type { Decision } from '../../domain/decision.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { createJudging, DEFAULT_FORGET_AFTER_MS, type Judged } from '../judging.ts';
import { type Firing, toFiring } from './firing.ts';
import { createLateness } from './lateness.ts';
import { createReassigning, type Reassignments } from './reassigning.ts';
import { createSlackCounter, type SlackLoad } from './slack-load.ts';
import { createZohoCounter, type ZohoLoad } from './zoho-load.ts';

/**
 * One ruleset over recorded events, in virtual time: each event is judged at the moment of its receipt, together with
 * what came at the same moment, and what falls due in between at its own. What is decided is handed out as it comes; what
 * it would do is counted. Nothing is kept but the state of the chats.
 */
export interface RulesetRun {
  /** Takes an event; in the order of receipt. */
  take(event: DeskEvent): Promise<void>;
  /** A decision that was recorded, at its place among the events: told with the chat as it stood. */
  recorded(decision: RecordedDecision): Promise<Firing | undefined>;
  /** Lets time pass to `at`: what is due by then happens. */
  passUntil(at: number): Promise<void>;
  /** The firings since the last call. */
  drain(): Firing[];
  /** The present of its virtual time; everything decided before was handed out. Epoch ms. */
  now(): number;
  load(): RulesetLoad;
}

export type RecordedDecision = Omit<Decision, 'orgId' | 'trace'>;

/** What a ruleset would do, of the stretch that is reported. */
export interface RulesetLoad {
  /** Times that a condition or template of a rule erred. */
  errors: number;
  /** Events that came after a newer one of their chat. */
  late: number;
  slack: SlackLoad;
  zoho: ZohoLoad;
  reassignments: Reassignments;
}

export interface RulesetRunOptions {
  ruleset: CompiledRuleset;
  orgId: string;
  /** What Zoho Desk told about channels. */
  channels: ReadonlyMap<string, KnownChannel>;
  /** When the first event comes: schedules tick from then on, epoch ms. */
  start: number;
  /** What happens from here on, and before `until`, is counted and handed out, epoch ms. */
  since: number;
  until: number;
  /** Cards of its own that a Slack channel gets in a minute. */
  cardBudget: number;
}

/** More looks at one moment than any sane ruleset asks for: a rule that wakes itself for ever is told, not waited for. */
const MAX_LOOKS = 10_000;

export function createRulesetRun(options: RulesetRunOptions): RulesetRun {
  const { ruleset, orgId, channels, start, since, until, cardBudget } = options;
  const judging = createJudging({
    orgId,
    ruleset,
    channels: () => channels,
    start,
    online: () => undefined,
    forgetAfterMs: DEFAULT_FORGET_AFTER_MS,
  });
  const isCounted = (at: number) => at >= since && at < until;
  const slack = createSlackCounter({ directory: ruleset.directory, cardBudget, counts: isCounted });
  const zoho = createZohoCounter();
  const reassigning = createReassigning(ruleset.directory);
  const lateness = { judged: createLateness(), recorded: createLateness() };
  let firings: Firing[] = [];
  /** Events of one moment, which are judged together. */
  let together: DeskEvent[] = [];
  let now = start;
  let errors = 0;
  let late = 0;

  function note(judged: readonly Judged[]): void {
    for (const { state, effects } of judged) {
      const { actions, alertChanges, transitions } = effects;
      if (isCounted(now)) for (const transition of transitions) if (transition.late) late += 1;
      if (actions.length > 0 || alertChanges.length > 0) {
        slack.take(actions, alertChanges, now);
        for (const action of actions) noteAction(action);
      }
      for (const decision of effects.decisions) {
        const lateMs = lateness.judged.of(decision, now);
        if (!isCounted(decision.at)) continue;
        const firing = toFiring(decision, state.session, lateMs);
        if (firing === undefined) continue;
        if (firing.outcome === 'error') errors += 1;
        firings.push({ ...firing, alerts: countAlerts(firing, actions) });
      }
    }
  }

  function noteAction(action: Action): void {
    if (!isCounted(now)) return;
    zoho.add(action, now);
    reassigning.add(action);
  }

  /** What happens before `at`, each thing at its own moment. */
  async function passBefore(at: number): Promise<void> {
    let looks = 0;
    for (;;) {
      const next = earliest(judging.nextAt(), slack.nextAt());
      if (next === undefined || next >= at) break;
      looks = next > now ? 0 : looks + 1;
      if (looks > MAX_LOOKS) {
        throw new RangeError(`more than ${MAX_LOOKS} things fell due at ${new Date(now).toISOString()}`);
      }
      now = Math.max(now, next);
      await settle();
    }
    now = Math.max(now, at);
  }

  async function settle(): Promise<void> {
    note(await judging.due(now));
    slack.due(now);
  }

  /** An event at the very moment of a due time goes first. */
  async function judgeTogether(): Promise<void> {
    const [first] = together;
    if (first === undefined) return;
    const events = together;
    together = [];
    await passBefore(first.receivedAt);
    note(await judging.take(events, now));
    if ((earliest(judging.nextAt(), slack.nextAt()) ?? Number.POSITIVE_INFINITY) <= now) await settle();
  }

  return {
    async take(event) {
      if (together[0] !== undefined && event.receivedAt > together[0].receivedAt) await judgeTogether();
      together.push(event);
    },
    async recorded(decision) {
      if (together[0] !== undefined && decision.decidedAt >= together[0].receivedAt) await judgeTogether();
      const lateMs = lateness.recorded.of(decision, decision.decidedAt);
      if (!isCounted(decision.at)) return undefined;
      return toFiring(decision, judging.stateOf(decision.subject)?.session, lateMs);
    },
    async passUntil(at) {
      await judgeTogether();
      await passBefore(at);
      await settle();
    },
    drain() {
      const drained = firings;
      firings = [];
      return drained;
    },
    now: () => now,
    load: () => ({ errors, late, slack: slack.load(), zoho: zoho.load(), reassignments: reassigning.summary() }),
  };
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}

/** Cards and messages of this very firing: the end of an episode says what it says besides. */
function countAlerts({ ruleId, step, repeat, at }: Firing, actions: readonly Action[]): number {
  const place = repeat === undefined ? String(step) : `r${repeat}`;
  return actions.filter(
    (action) =>
      action.ruleId === ruleId &&
      action.firedAt === at &&
      (action.spec.type === 'slack.alert' || action.spec.type === 'slack.post') &&
      action.firing.endsWith(`/${place}`),
  ).length;
}
