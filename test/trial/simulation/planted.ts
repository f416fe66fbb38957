import type { Decision } from '../../../src/domain/decision.ts';
import type { Session } from '../../../src/domain/session.ts';
import { compileRuleset } from '../../../src/engine/compile.ts';
import { loadRuleset } from '../../../src/engine/load/load-ruleset.ts';
import type { Ruleset } from '../../../src/engine/load/ruleset.ts';
import type { SimulationCase } from '../../../src/trial/simulation/cases.ts';
import { type Examination, examine, namesStatuses } from '../../../src/trial/simulation/examine.ts';
import { findPeople, makeUpWorld } from '../../../src/trial/simulation/made-up-world.ts';
import { measurePatience } from '../../../src/trial/simulation/patience.ts';
import type { Stage } from '../../../src/trial/simulation/run-timeline.ts';
import { type Timeline, toTimeline, VARIANTS, type Variant } from '../../../src/trial/simulation/timeline.ts';
import { createTrial, type Entry, type Trial } from '../../../src/trial/trial.ts';

/** Rules with a defect, engines with a defect, and one simulated chat for each. */
export const START = Date.parse('2026-03-02T10:00:00-03:00');

export function load(rules: Record<string, object>): Ruleset {
  const files = Object.entries(rules).map(([id, rule]): [string, string] => [`${id}.rule.json`, JSON.stringify(rule)]);
  const loaded = loadRuleset(new Map(files));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.ruleset;
}

export interface Prepared {
  one: SimulationCase;
  timeline: Timeline;
  stage: Stage;
  names: ReturnType<typeof namesStatuses>;
}

type CaseParts = Partial<Pick<SimulationCase, 'from' | 'to' | 'reply' | 'assignee'>>;

export function prepare(rules: Record<string, object>, parts: CaseParts = {}, trial?: typeof createTrial): Prepared {
  const ruleset = compileRuleset(load(rules));
  const world = makeUpWorld(ruleset.directory);
  const setting = { channelId: 'c1', start: START, people: findPeople(world, ruleset.directory), world };
  const one = { from: 'OPEN', to: 'ON_HOLD', reply: 'ACCEPTED', assignee: 'AGENT', ...parts, setting };
  return {
    one,
    timeline: toTimeline(one, measurePatience(ruleset, [START]).stayMs),
    stage: { ruleset, start: START, world, ...(trial === undefined ? {} : { trial }) },
    names: namesStatuses(ruleset),
  };
}

export function examineOne(prepared: Prepared, variants: readonly Variant[] = VARIANTS): Promise<Examination> {
  return examine(prepared.timeline, variants, prepared.stage, prepared.names);
}

/** Everything as the real one, but for what is given. */
export function brokenTrial(breakIt: (trial: Trial) => Partial<Trial>): typeof createTrial {
  return (options) => {
    const trial = createTrial(options);
    return { ...trial, ...breakIt(trial) };
  };
}

/** An engine that notes more decisions than it should: `more` is asked after each decision. */
export function withDecisions(more: (decision: Decision, all: readonly Entry[]) => Decision[]): typeof createTrial {
  return brokenTrial((trial) => {
    const record: Entry[] = [];
    let read = 0;
    const copy = () => {
      for (; read < trial.record.length; read += 1) {
        const entry = trial.record[read];
        if (entry === undefined) continue;
        record.push(entry);
        if (entry.kind !== 'decision') continue;
        for (const decision of more(entry.decision, record)) record.push({ kind: 'decision', at: entry.at, decision });
      }
    };
    return {
      record,
      async passUntil(at) {
        await trial.passUntil(at);
        copy();
      },
      async moment(at, happening) {
        await trial.moment(at, happening);
        copy();
      },
    };
  });
}

/** An engine to which each event is a new one. */
export const forgetful = brokenTrial((trial) => {
  let count = 0;
  return {
    moment: (at, { events = [], ...happening } = {}) =>
      trial.moment(at, {
        ...happening,
        events: events.map((event) => {
          count += 1;
          return { ...event, key: `${event.key.slice(0, 40)}${String(count).padStart(24, '0')}` };
        }),
      }),
  };
});

/** An engine that takes whatever arrived first and last for what happened first and last. */
export const believing = brokenTrial((trial) => {
  const arrived: string[] = [];
  return {
    moment(at, happening = {}) {
      for (const { payload } of happening.events ?? []) {
        if (typeof payload.sessionStatus === 'string') arrived.push(payload.sessionStatus);
      }
      return trial.moment(at, happening);
    },
    sessionOf(subject): Session | undefined {
      const session = trial.sessionOf(subject);
      const [first, last] = [arrived[0], arrived.at(-1)];
      if (session === undefined || first === undefined || last === undefined) return session;
      return { ...session, previousStatus: first, status: last };
    },
  };
});
