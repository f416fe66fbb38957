import type { Outcome } from '../../../domain/decision.ts';
import type { Rule } from '../../../domain/rule.ts';
import type { ExplainedLeaf, GateName, Verdict } from '../explanation.ts';

/** What a language says of explanations. Times and durations come formatted. */
export interface ExplainWords {
  locale: string;
  verdicts: Readonly<Record<Verdict, string>>;
  outcomes: Readonly<Record<Outcome, string>>;
  looks: {
    event(type: string, at: string, judged: string | undefined): string;
    due(at: string, judged: string | undefined): string;
    sweep(at: string): string;
    tick(at: string): string;
    state(at: string): string;
  };
  chat(id: string): string;
  recorded(reason: string): string;
  computed(reason: string): string;
  headings: {
    conditions: string;
    gates: string;
    changes: { toFire: string; toNotFire: string };
    before: string;
    after: string;
    standing: string;
    notes: string;
  };
  groups: { all: string; any: string; not: string; condition(name: string): string };
  met(value: string): string;
  nothing: string;
  unknown: Readonly<Record<NonNullable<ExplainedLeaf['unknown']>, string>>;
  marks: { held: string; failed: string; unknown: string; unjudged: string };
  gates: Readonly<Record<GateName, string>>;
  gate: {
    trigger(types: string): string;
    triggerMet(type: string, isLate: boolean): string;
    held: string;
    notHeld: string;
    undecided: string;
    values(list: string, onUnknown: Rule['onUnknown']): string;
    noEpisode(forText: string): string;
    running(since: string, isAbout: boolean, due: string, rest: string | undefined): string;
    unreachable(calendar: string): string;
    business(open: string, calendar: string): string;
    falseSince(at: string): string;
    kept(since: string, keepFor: string): string;
    firedAt(at: string): string;
    gaveUp(reason: string): string;
    ended(at: string): string;
    ladder(what: string, firedAt: string): string;
    step(number: number): string;
    repeat(number: number): string;
    acknowledged(at: string): string;
    notAcknowledged: string;
    open(calendar: string, until: string | undefined): string;
    closed(calendar: string, opens: string | undefined, waits: boolean): string;
    late(late: string, most: string): string;
    winner(rule: string, group: string): string;
    noWinner(group: string): string;
    inhibited(rule: string, channel: string, chats: string): string;
    notInhibited(rules: string): string;
    used(used: number, count: number, per: NonNullable<Rule['limit']>['per'], within: string): string;
    freeAt(at: string): string;
    mode: Readonly<Record<Rule['mode'], string>>;
    silenced(id: string, owner: string, until: string): string;
    notSilenced: string;
    reassigned(used: number, most: number): string;
    notReached: string;
  };
  changes: {
    field(field: string, to: string, from: string): string;
    absent(field: string, from: string): string;
    other(field: string, than: string, example: string, from: string): string;
    lasts(ms: string, until: string | undefined): string;
    opens(calendar: string, at: string | undefined): string;
    limitFree(at: string): string;
    reassignmentsFree(at: string): string;
    inhibitorEnds(rule: string, chats: string): string;
    silenceEnds(id: string, at: string): string;
    winnerGone(rule: string): string;
    sooner(ms: string): string;
    live: string;
    known(value: string, vocabulary: string, command: string): string;
    newEpisode: string;
    lateAllowed: string;
    event(types: string): string;
    unacknowledged: string;
    none: string;
    /** Each but the first. */
    and(change: string): string;
  };
  notes: {
    eventsRemoved(count: number): string;
    fromRecord: string;
    valuesUnknown(count: number): string;
    rulesUnreadable(hash: string): string;
    judgedFor(subject: string): string;
    disagreement(recorded: string, computed: string, edited: string | undefined): string;
    noDecision: string;
  };
}
