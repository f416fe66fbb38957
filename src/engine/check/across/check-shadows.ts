import type { Rule } from '../../../domain/rule.ts';
import { byPriority } from '../../compile.ts';
import type { Finding } from '../../load/fault.ts';
import { both } from './clauses.ts';
import { meetingPairs } from './meeting-pairs.ts';
import type { RuleInView } from './rule-in-view.ts';

type Found = { rule: Rule; finding: Finding };

/** Live rules that never get to act, since another of their exclusive group always goes first; and rules that are there twice. */
export function checkShadows(views: readonly RuleInView[]): Found[] {
  const live = views.filter(({ rule, clauses }) => rule.mode === 'live' && (clauses?.length ?? 0) > 0);
  return [...findShadowed(live), ...findRepeated(live)];
}

function findShadowed(live: readonly RuleInView[]): Found[] {
  const grouped = live.filter(({ rule }) => rule.exclusive !== undefined && rule.trigger.kind !== 'schedule');
  const found = new Map<string, Found>();
  for (const [, members] of Map.groupBy(grouped, ({ rule }) => rule.exclusive)) {
    for (const pair of meetingPairs(members)) {
      const [first, second] = pair.toSorted((a, b) => byPriority(a.rule, b.rule));
      if (first === undefined || second === undefined || found.has(second.rule.id)) continue;
      if (alwaysActs(first.rule, second.rule) && goesBefore(first, second)) {
        found.set(second.rule.id, { rule: second.rule, finding: shadowedBy(first.rule, second.rule) });
      }
    }
  }
  return [...found.values()];
}

function shadowedBy(first: Rule, { exclusive }: Rule): Finding {
  return {
    path: ['exclusive'],
    severity: 'warning',
    code: 'shadowed',
    message: `this rule never acts: whenever it could, "${first.id}" of the group "${exclusive}" acts before it`,
    remedy: 'Give it a higher "priority", or another group, if it is to act at all.',
  };
}

/** Whether nothing holds `first` back that does not hold back `second` as well, so that it takes the group's place. */
function alwaysActs(first: Rule, second: Rule): boolean {
  const { during, limit, inhibitedBy, onUnknown } = first;
  const sameHours =
    during === undefined || (during.calendar === second.during?.calendar && during.outside === second.during.outside);
  return limit === undefined && inhibitedBy.length === 0 && onUnknown === second.onUnknown && sameHours;
}

/** Whether `first` is ready at each moment at which `second` is. */
function goesBefore(first: RuleInView, second: RuleInView): boolean {
  const [a, b] = [first.rule.trigger, second.rule.trigger];
  if (a.kind === 'event' && b.kind === 'event') {
    return b.on.every((type) => a.on.includes(type)) && (a.late || !b.late) && implies(second, first);
  }
  // Of two holds the one that asks for more may begin later, and be due when the other has long acted.
  return sameMoments(first.rule, second.rule) && implies(second, first) && implies(first, second);
}

function sameMoments(a: Rule, b: Rule): boolean {
  return momentsOf(a) === momentsOf(b);
}

/** Everything that says when a rule with the same conditions acts, as a text. */
function momentsOf({ trigger, during, clock, keepForMs, episodeBy, maxLateMs }: Rule): string {
  const on = trigger.kind === 'event' ? { ...trigger, on: [...trigger.on].sort() } : trigger;
  const hours = [during?.calendar, during?.outside, clock];
  return JSON.stringify([on, hours, keepForMs, [...episodeBy].sort(), maxLateMs]);
}

/** Whether `b` holds wherever `a` does; false also where it cannot be told. */
function implies(a: RuleInView, b: RuleInView): boolean {
  const otherwise = b.otherwise();
  return a.clauses !== undefined && otherwise !== undefined && both(a.clauses, otherwise).length === 0;
}

/** Everything of a rule but its conditions and what is for people. */
function withoutNames(rule: Rule): string {
  const { id: _, name: __, description, owner, runbook, tags, contentHash, conditions, ...effective } = rule;
  return JSON.stringify(effective);
}

/** Two rules that differ in nothing but what is for people: everything happens twice. */
function findRepeated(live: readonly RuleInView[]): Found[] {
  const found = new Map<string, Found>();
  const groups = Map.groupBy(live, ({ rule }) => withoutNames(rule));
  for (const [, members] of groups) {
    for (const [a, b] of meetingPairs(members)) {
      if (found.has(b.rule.id) || (a.rule.exclusive !== undefined && a.rule.exclusive === b.rule.exclusive)) continue;
      if (!implies(a, b) || !implies(b, a)) continue;
      const finding: Finding = {
        path: ['name'],
        severity: 'warning',
        code: 'repeated-rule',
        message: `this rule does the same as "${a.rule.id}", at the same moments`,
        remedy: 'Remove one of the two.',
      };
      found.set(b.rule.id, { rule: b.rule, finding });
    }
  }
  return [...found.values()];
}
