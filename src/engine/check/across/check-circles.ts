import type { ActionSpec } from '../../../domain/action.ts';
import { SESSION_STATUS_EVENT } from '../../../domain/event.ts';
import type { Rule } from '../../../domain/rule.ts';
import type { Finding } from '../../load/fault.ts';
import { both, type Clause, merge } from './clauses.ts';
import { familyOf, OPAQUE } from './field-key.ts';
import { oneOf, PRESENT } from './possible-values.ts';
import type { RuleInView } from './rule-in-view.ts';

/**
 * Rules that set each other going: what one changes in a chat meets the conditions of the next, and so on, back to the first.
 * Each knows nothing of the others, and the customer is passed round. Only live rules without a `limit` are looked at, and
 * only what follows from their texts: a comparison that cannot be followed through a change breaks the circle.
 */
interface Node {
  view: RuleInView;
  effects: Effect[];
}

/** What an action makes of a chat. */
interface Effect {
  kind: 'status' | 'assignee';
  /** What the chat and its event are afterwards. */
  after: Clause;
  /** Two effects with the same target leave nothing for the second to change; undefined: it always changes something. */
  target?: string;
}

/** Beyond so many rules that change chats, only those that set themselves going are looked for. */
const MAX_NODES = 200;

export function checkCircles(views: readonly RuleInView[]): { rule: Rule; finding: Finding }[] {
  const nodes = views.flatMap((view): Node[] => {
    const { rule, clauses } = view;
    if (rule.mode !== 'live' || rule.limit !== undefined || clauses === undefined || !isSetGoing(rule)) return [];
    const effects = changesOf(rule).flatMap(effectOf);
    return effects.length === 0 ? [] : [{ view, effects }];
  });
  const circles = nodes.filter((node) => leadsTo(node, node)).map((node) => [node]);
  if (nodes.length <= MAX_NODES) circles.push(...findCircles(nodes.filter((node) => !leadsTo(node, node))));
  return circles.map((circle) => toFault(circle.map(({ view }) => view.rule)));
}

/** By an event that a change causes, or by the state that it leads to. */
function isSetGoing({ trigger }: Rule): boolean {
  return trigger.kind === 'hold' || (trigger.kind === 'event' && trigger.on.includes(SESSION_STATUS_EVENT));
}

function changesOf({ actions, steps }: Rule): ActionSpec[] {
  const withFailures = (spec: ActionSpec): ActionSpec[] => [spec, ...spec.onFailure.flatMap(withFailures)];
  return [...actions, ...steps.flatMap((step) => step.actions)].flatMap(withFailures);
}

const OURS: [string, ReturnType<typeof oneOf>] = ['transition.ours', oneOf([true])];

function effectOf({ type, params }: ActionSpec): Effect[] {
  if (type === 'zoho.setSessionStatus') {
    const status = literal(params['status'])?.toUpperCase();
    if (status === undefined) return [];
    const to = oneOf([status]);
    const after = new Map([OURS, ['session.status', to], ['transition.to', to], ['event.sessionStatus', to]]);
    return [{ kind: 'status', after, target: status }];
  }
  if (type !== 'zoho.assignSession') return [];
  const kind = oneOf([params['botId'] === undefined ? 'AGENT' : 'BOT']);
  const after = new Map([
    OURS,
    ['session.assigneeId', PRESENT],
    ['session.assigneeType', kind],
    ['event.assigneeType', kind],
    ['transition.assigneeChanged', oneOf([true])],
  ]);
  // Whoever is picked is another than the present one; who is named may have it already.
  const target = literal(params['agentId']) ?? literal(params['botId']);
  if (params['pick'] === undefined && target === undefined) return [];
  return [{ kind: 'assignee', after, ...(target === undefined ? {} : { target }) }];
}

function literal(value: unknown): string | undefined {
  return typeof value === 'string' && !/\{[{%]/.test(value) ? value : undefined;
}

function leadsTo(from: Node, to: Node): boolean {
  if (from !== to && standApart(from.view.rule, to.view.rule)) return false;
  return from.effects.some((effect) => {
    const changes = to === from ? effect.target === undefined : to.effects.some((other) => differs(effect, other));
    return changes && setsGoing(from.view, effect, to.view);
  });
}

/** One of a group goes first, one holds the other back, or they keep other hours. */
function standApart(a: Rule, b: Rule): boolean {
  if (a.exclusive !== undefined && a.exclusive === b.exclusive) return true;
  if (a.inhibitedBy.includes(b.id) || b.inhibitedBy.includes(a.id)) return true;
  return a.during !== undefined && b.during !== undefined && a.during.calendar !== b.during.calendar;
}

/** Whether the second still has something to change after the first. */
function differs(a: Effect, b: Effect): boolean {
  return a.kind !== b.kind || a.target === undefined || a.target !== b.target;
}

function setsGoing({ clauses: before = [] }: RuleInView, effect: Effect, next: RuleInView): boolean {
  const wanted = (next.clauses ?? []).filter(canBeFollowed);
  const meets = before.some((clause) => {
    const after = afterwards(clause, effect);
    return after !== undefined && wanted.some((one) => isOfSameChannel(after, one) && merge(after, one) !== undefined);
  });
  if (!meets || next.rule.trigger.kind === 'event') return meets;
  // A hold begins anew when the change ends one episode and begins another, or when it could not hold before.
  const { episodeBy } = next.rule;
  if (effect.kind === 'assignee' && episodeBy.includes('session.assigneeId')) return true;
  if (effect.kind === 'status' && episodeBy.includes('session.status')) return true;
  return both(before, next.clauses ?? []).length === 0;
}

/** A count that has an upper bound ends a circle by itself; what is no comparison of one field is not guessed about. */
function canBeFollowed(clause: Clause): boolean {
  return [...clause].every(
    ([field, values]) =>
      !field.startsWith(OPAQUE) &&
      !((field === 'session.reassignments' || field === 'session.holds') && values.to < Number.POSITIVE_INFINITY),
  );
}

/** Whether a channel and, say, a department are the same is not in the rules: then nothing is said. */
function isOfSameChannel(a: Clause, b: Clause): boolean {
  const [own, others] = [a, b].map((clause) => [...clause.keys()].filter((field) => familyOf(field) === 'channel'));
  return own === undefined || others === undefined || others.length === 0 || own.every((field) => b.has(field));
}

const CHANGED_BY_STATUS = /^session\.(?:status|previousStatus|statusSince|replyStatus|endedAt|holds|timeIn)/;
const CHANGED_BY_ASSIGNMENT = /^session\.(?:assignee|reassignments|firstAssignedAt|replyStatus)/;

/** What is left of a clause after a change, with what the change makes true; undefined when it cannot have made it. */
function afterwards(clause: Clause, { kind, after }: Effect): Clause | undefined {
  const changed = kind === 'status' ? CHANGED_BY_STATUS : CHANGED_BY_ASSIGNMENT;
  const kept = new Map([...clause].filter(([field]) => /^(?:session|channel)\b/.test(field) && !changed.test(field)));
  const status = clause.get('session.status');
  if (status !== undefined) {
    kept.set('transition.from', status);
    if (kind === 'assignee' && !maySetOnHold(clause)) kept.set('transition.to', status);
  }
  if (kind === 'assignee' && maySetOnHold(clause)) kept.delete('session.status');
  return merge(kept, after);
}

/** An open chat that nobody has is put on hold with its agent. */
function maySetOnHold(clause: Clause): boolean {
  const status = clause.get('session.status');
  const unassigned = clause.get('session.assigneeId');
  return (
    (status === undefined || (status.only?.has('OPEN') ?? true)) && (unassigned === undefined || unassigned.absent)
  );
}

/** Each circle of two rules or more once, the shortest through its first rule. */
function findCircles(nodes: readonly Node[]): Node[][] {
  const next = new Map(nodes.map((node) => [node, nodes.filter((other) => other !== node && leadsTo(node, other))]));
  const told = new Set<string>();
  return nodes.flatMap((start) => {
    const circle = shortestBack(start, next);
    const name = circle
      ?.map(({ view }) => view.rule.id)
      .sort()
      .join(' ');
    if (circle === undefined || name === undefined || told.has(name)) return [];
    told.add(name);
    return [circle];
  });
}

function shortestBack(start: Node, next: ReadonlyMap<Node, readonly Node[]>): Node[] | undefined {
  const paths: Node[][] = [[start]];
  const seen = new Set<Node>();
  for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
    for (const node of next.get(path.at(-1) ?? start) ?? []) {
      if (node === start) return path;
      if (seen.has(node)) continue;
      seen.add(node);
      paths.push([...path, node]);
    }
  }
  return undefined;
}

function toFault(circle: readonly Rule[]): { rule: Rule; finding: Finding } {
  const [first, ...others] = circle;
  if (first === undefined) throw new RangeError('a circle has a rule');
  const path = [...circle, first].map(({ id }) => `${id}.rule.json`).join(' → ');
  const message =
    others.length === 0
      ? 'what this rule changes meets its own conditions again: it goes on for ever'
      : `what this rule changes sets another going, and so on back to it: ${path}`;
  const finding: Finding = {
    path: ['actions'],
    severity: 'warning',
    code: 'circle',
    message,
    remedy:
      'Give one of them a "limit", or leave our own changes alone: { "fact": "transition", "path": "$.ours", "operator": "equal", "value": false } in an event rule.',
  };
  return { rule: first, finding };
}
