import { Engine, type RuleProperties, type TopLevelCondition } from 'json-rules-engine';
import { type DeskEvent, SESSION_STATUS_EVENT } from '../../src/domain/event.ts';
import type { LedgerEntry, Session } from '../../src/domain/session.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { clockFacts, eventFacts, sessionFacts, transitionFacts, valueAt } from '../../src/engine/facts.ts';
import { applyEntry } from '../../src/engine/fold-session.ts';
import { addOperators } from '../../src/engine/operators/index.ts';
import { changesSession, toMessage, toTransition } from '../../src/engine/to-ledger.ts';
import type { Judge } from './measure.ts';

const NOTHING = { decisions: 0, actions: 0 };

/** Each chat as it stands after its events, those that have ended forgotten: what judging cannot do without. */
export function foldChats(): Judge {
  const fold = createFold();
  return async (event) => {
    fold(event);
    return NOTHING;
  };
}

function createFold(): (event: DeskEvent) => { session: Session | undefined; entry: LedgerEntry | undefined } {
  const sessions = new Map<string, Session>();
  return (event) => {
    const { subject } = event;
    const before = sessions.get(subject);
    if (!changesSession(event)) return { session: before, entry: undefined };
    const entry: LedgerEntry =
      event.type === SESSION_STATUS_EVENT
        ? { kind: 'transition', entry: toTransition(event, subject, before) }
        : { kind: 'message', entry: toMessage(event, subject) };
    const session = applyEntry(before, entry);
    if (session.status === 'ENDED') sessions.delete(subject);
    else sessions.set(subject, session);
    return { session, entry };
  };
}

/** The conditions of all rules asked of json-rules-engine at each event; a decision is a rule whose conditions hold. */
export function judgeEveryRule({ rules, conditions, calendars }: CompiledRuleset): Judge {
  const fold = createFold();
  let now = 0;
  const engine = new Engine([], { allowUndefinedFacts: true, pathResolver: (value, path) => valueAt(value, path) });
  addOperators(engine, () => now);
  // It takes no comparison by itself. Guarantee: anything else is one of all, any, not, condition.
  const toTopLevel = (one: object) => ('fact' in one ? { all: [one] } : one) as TopLevelCondition;
  for (const [name, condition] of Object.entries(conditions)) engine.setCondition(name, toTopLevel(condition));
  for (const { id, conditions: own } of rules) {
    engine.addRule({
      name: id,
      conditions: toTopLevel(own) as RuleProperties['conditions'],
      event: { type: 'matched' },
    });
  }
  return async (event) => {
    now = event.at;
    const { session, entry } = fold(event);
    const { results } = await engine.run({
      event: eventFacts(event),
      clock: clockFacts(now, calendars),
      ...(session === undefined ? {} : { session: sessionFacts(session) }),
      ...(entry?.kind === 'transition' ? { transition: transitionFacts(entry.entry) } : {}),
    });
    return { decisions: results.length, actions: 0 };
  };
}
