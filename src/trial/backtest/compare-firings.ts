import { parseSubject } from '../../domain/desk-subject.ts';
import { type Firing, hasFired, punctualAt } from './firing.ts';

/**
 * Pairs the firings of two sides while both are still being judged. What tells of the same episode or event is one pair,
 * however far apart in time; of what is left, two firings of one rule for one chat within an hour are taken for one that
 * has moved. Only what may still find its partner is kept.
 */
export type Side = 'before' | 'after';

export type Difference =
  /** Both fire at one moment, for the same reason; that what they count from was carried out late is no difference. */
  | { kind: 'same'; before: Firing; after: Firing }
  | { kind: 'reason'; before: Firing; after: Firing }
  | { kind: 'moved'; before: Firing; after: Firing; byMs: number }
  /** `instead`: why it does not fire on this side, where the rule came to a conclusion. */
  | { kind: 'added'; after: Firing; instead?: Firing }
  | { kind: 'removed'; before: Firing; instead?: Firing };

export interface Comparison {
  add(side: Side, firing: Firing): void;
  /** Nothing comes on this side any more that was decided before. Epoch ms. */
  passed(side: Side, at: number): void;
  /** Nothing comes any more: what waits finds its partner now or has none. */
  end(): void;
  /** Firings that were taken for single because too many waited; 0 but for rules that fire all the time. */
  readonly givenUp: number;
}

export interface ComparisonOptions {
  onDifference: (difference: Difference) => void;
  /** How long after one side the other may fire for the same episode: as long as the rules can wait. */
  patienceMs: number;
  /** More waiting than this, and the oldest are taken for single. */
  maxWaiting?: number;
}

/** Firings of one rule and chat that are no further apart may be the same one, moved. */
const NEAR_MS = 3_600_000;
const MAX_WAITING = 100_000;
const LOOK_EVERY_MS = 3_600_000;

/** What is known of one identity. */
interface Entry {
  before?: Firing;
  after?: Firing;
  /** The earliest moment of the two. */
  at: number;
}

/** A firing that found no partner of its own, and why the other side did not fire. */
interface Single {
  side: Side;
  firing: Firing;
  instead: Firing | undefined;
}

export function createComparison({
  onDifference,
  patienceMs,
  maxWaiting = MAX_WAITING,
}: ComparisonOptions): Comparison {
  /** In the order of their coming, which is nearly that of time. */
  const waiting = new Map<string, Entry>();
  /** Single firings that wait for a near one of the other side, by rule, chat and place in the ladder. */
  const singles = new Map<string, Single[]>();
  let singleCount = 0;
  const passedAt = { before: Number.NEGATIVE_INFINITY, after: Number.NEGATIVE_INFINITY };
  let givenUp = 0;
  let looksAt = Number.NEGATIVE_INFINITY;

  function tellPair(before: Firing, after: Firing): void {
    const byMs = before.at === after.at ? 0 : punctualAt(after) - punctualAt(before);
    if (byMs !== 0) onDifference({ kind: 'moved', before, after, byMs });
    else onDifference({ kind: ownReason(before) === ownReason(after) ? 'same' : 'reason', before, after });
  }

  function tellSingle({ side, firing, instead }: Single): void {
    const why = instead === undefined ? {} : { instead };
    onDifference(
      side === 'after' ? { kind: 'added', after: firing, ...why } : { kind: 'removed', before: firing, ...why },
    );
  }

  function settle({ before, after }: Entry): void {
    const [hasBefore, hasAfter] = [before !== undefined && hasFired(before), after !== undefined && hasFired(after)];
    if (before !== undefined && after !== undefined && hasBefore && hasAfter) tellPair(before, after);
    else if (before !== undefined && hasBefore) seek({ side: 'before', firing: before, instead: after });
    else if (after !== undefined && hasAfter) seek({ side: 'after', firing: after, instead: before });
  }

  /** A firing without a partner of its own waits until all that is near it has come. Ticks do not move. */
  function seek(one: Single): void {
    if (parseSubject(one.firing.subject) !== undefined) {
      tellSingle(one);
      return;
    }
    const name = placeOf(one.firing);
    singles.set(name, [...(singles.get(name) ?? []), one]);
    singleCount += 1;
  }

  /** Of one rule and chat: those until `at` get the nearest of the other side, the earliest first, or are told as they are. */
  function pairNear(name: string, all: readonly Single[], at: number): void {
    const left = new Set(all);
    for (const one of all.toSorted((a, b) => a.firing.at - b.firing.at || (a.side < b.side ? -1 : 1))) {
      if (one.firing.at > at || !left.delete(one)) continue;
      const apart = (other: Single) => Math.abs(other.firing.at - one.firing.at);
      const [nearest] = [...left]
        .filter((other) => other.side !== one.side && apart(other) <= NEAR_MS)
        .sort((a, b) => apart(a) - apart(b));
      if (nearest === undefined) {
        tellSingle(one);
        continue;
      }
      left.delete(nearest);
      if (one.side === 'before') tellPair(one.firing, nearest.firing);
      else tellPair(nearest.firing, one.firing);
    }
    singleCount -= all.length - left.size;
    if (left.size === 0) singles.delete(name);
    else singles.set(name, [...left]);
  }

  /** What both sides have left behind for so long that no partner comes any more. */
  function settleUntil(at: number): void {
    for (const [identity, entry] of waiting) {
      if (entry.at + patienceMs > at) continue;
      waiting.delete(identity);
      settle(entry);
    }
    const before = at - patienceMs - NEAR_MS;
    for (const [name, all] of singles) if (all.some(({ firing }) => firing.at <= before)) pairNear(name, all, before);
  }

  function giveUpOldest(): void {
    for (const [identity, entry] of waiting) {
      if (waiting.size <= maxWaiting) break;
      waiting.delete(identity);
      givenUp += 1;
      settle(entry);
    }
    if (singleCount <= maxWaiting) return;
    for (const [name, all] of singles) pairNear(name, all, Number.POSITIVE_INFINITY);
  }

  return {
    add(side, firing) {
      const entry: Entry = waiting.get(firing.identity) ?? { at: firing.at };
      const known = entry[side];
      // Of several conclusions about one firing the one that acts counts, else the last.
      if (known === undefined || !hasFired(known)) entry[side] = firing;
      entry.at = Math.min(entry.at, firing.at);
      const { before, after } = entry;
      if (before !== undefined && after !== undefined && hasFired(before) && hasFired(after)) {
        waiting.delete(firing.identity);
        tellPair(before, after);
        return;
      }
      waiting.set(firing.identity, entry);
      if (waiting.size > maxWaiting) giveUpOldest();
    },
    passed(side, at) {
      passedAt[side] = Math.max(passedAt[side], at);
      const both = Math.min(passedAt.before, passedAt.after);
      // A look at all that waits, now and then.
      if (both < looksAt) return;
      looksAt = both + LOOK_EVERY_MS;
      settleUntil(both);
    },
    end() {
      const all = [...waiting.values()];
      waiting.clear();
      for (const entry of all) settle(entry);
      settleUntil(Number.POSITIVE_INFINITY);
    },
    get givenUp() {
      return givenUp;
    },
  };
}

/** Silences are not applied to recorded events: what one held back has fired all the same. */
function ownReason({ reason }: Firing): string {
  return reason.replace(/; (?:what it says in Slack is )?held back by silence .*$/s, '');
}

function placeOf({ ruleId, subject, step, repeat }: Firing): string {
  return `${ruleId}\n${subject}\n${step}\n${repeat ?? ''}`;
}
