import type { ActionSpec } from '../../../domain/action.ts';
import { canonicalJson, type Json } from '../../../domain/json.ts';
import type { Rule } from '../../../domain/rule.ts';
import type { Finding } from '../../load/fault.ts';
import { meetingPairs } from './meeting-pairs.ts';
import type { RuleInView } from './rule-in-view.ts';
import { canActTogether } from './same-moment.ts';

/** What an action leaves behind, of which there is only one: two rules cannot both have their way with it. */
interface Effect {
  /** Such as the chat's assignee. */
  about: string;
  value: string;
  /** Index of the action. */
  index: number;
}

interface Acting extends RuleInView {
  effects: Effect[];
}

/**
 * Live rules that act at the same moment on the same chat and want different things. Only what a firing does at once is
 * looked at, and only values that are written out.
 */
export function checkContradictions(views: readonly RuleInView[]): { rule: Rule; finding: Finding }[] {
  const acting = views.flatMap((view): Acting[] => {
    const effects = view.rule.mode === 'live' ? effectsOf(view.rule.actions) : [];
    return effects.length === 0 ? [] : [{ ...view, effects }];
  });
  // By what it is about, kind of rule, and how long a hold lasts: only then they can meet at one moment.
  const groups = Map.groupBy(
    acting.flatMap((view) => [...new Set(view.effects.map(({ about }) => about))].map((about) => ({ about, view }))),
    ({ about, view: { rule } }) => `${about} ${rule.trigger.kind === 'hold' ? rule.trigger.forMs : rule.trigger.kind}`,
  );
  const found = new Map<string, { rule: Rule; effect: Effect; others: Map<string, Effect> }>();
  for (const [, members] of groups) {
    const about = members[0]?.about ?? '';
    for (const [a, b] of meetingPairs(members.map(({ view }) => view))) {
      const clash = findClash(a, b, about);
      if (clash === undefined || settled(a.rule, b.rule) || !canActTogether(a, b)) continue;
      const key = `${b.rule.id} ${about}`;
      const entry = found.get(key) ?? { rule: b.rule, effect: clash.ofB, others: new Map<string, Effect>() };
      found.set(key, entry);
      entry.others.set(a.rule.id, clash.ofA);
    }
  }
  return [...found.values()].map(({ rule, effect, others }) => ({ rule, finding: toFinding(effect, others) }));
}

function findClash(a: Acting, b: Acting, about: string): { ofA: Effect; ofB: Effect } | undefined {
  const pick = (of: Acting) => of.effects.filter((effect) => effect.about === about);
  for (const ofA of pick(a)) for (const ofB of pick(b)) if (ofA.value !== ofB.value) return { ofA, ofB };
  return undefined;
}

/** It is said which of the two acts. */
function settled(a: Rule, b: Rule): boolean {
  if (a.exclusive !== undefined && a.exclusive === b.exclusive) return true;
  return a.inhibitedBy.includes(b.id) || b.inhibitedBy.includes(a.id);
}

function toFinding({ about, value, index }: Effect, others: ReadonlyMap<string, Effect>): Finding {
  const names = [...others].slice(0, 3).map(([id, effect]) => `"${id}" wants ${effect.value}`);
  const more = others.size > names.length ? ` and ${others.size - names.length} more rules differ` : '';
  return {
    path: ['actions', index, 'type'],
    severity: 'warning',
    code: 'contradiction',
    message: `${about}: this rule wants ${value}, and at the same moment ${names.join(', ')}${more}`,
    remedy: 'Put them into one "exclusive" group, with priorities, or let their conditions exclude each other.',
  };
}

const ASSIGNEE = 'who has the chat';

function effectsOf(actions: readonly ActionSpec[]): Effect[] {
  return actions.flatMap(({ type, params }, index): Effect[] => {
    const effect = (about: string, value: Json | undefined): Effect[] =>
      value === undefined || isComputed(value) || isComputed(about)
        ? []
        : [{ about, value: typeof value === 'string' ? value : canonicalJson(value), index }];
    switch (type) {
      case 'zoho.setSessionStatus': {
        const over = params.status === 'ENDED' || params.status === 'BLOCKED';
        return [
          ...effect('the status of the chat', params.status),
          ...(over ? effect(ASSIGNEE, 'nobody, the chat over') : []),
        ];
      }
      case 'zoho.assignSession':
        return effect(ASSIGNEE, params.agentId ?? params.botId ?? picked(params));
      case 'zoho.updateTicket': {
        const { fields, ...plain } = params;
        const custom = typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? fields : {};
        return [...Object.entries(plain), ...Object.entries(custom)].flatMap(([key, value]) =>
          effect(`the ticket's ${key}`, value),
        );
      }
      case 'dashboard.update':
        return effect(
          `the tile "${String(params.tile)}"${params.by === undefined ? '' : ` of ${String(params.by)}`}`,
          params.set,
        );
      default:
        return [];
    }
  });
}

/** `leastBusy from …`, in words that are the same for the same pick. */
function picked({ pick, from }: ActionSpec['params']): Json {
  return from === undefined ? `${String(pick)} of all` : `${String(pick)} from ${canonicalJson(from)}`;
}

/** What a template comes to may be the same after all. */
function isComputed(value: Json): boolean {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.includes('{{') || text.includes('{%');
}
