import type { RuleActionType } from '../../../domain/action.ts';
import { SESSION_STATUS_EVENT } from '../../../domain/event.ts';
import type { JsonObject } from '../../../domain/json.ts';
import { findField } from '../../catalogue/find-field.ts';
import { formatSegments } from '../../catalogue/path.ts';
import type { Finding } from '../../load/fault.ts';
import type { JsonPath } from '../../load/json-source.ts';
import { analyseTemplate, type TemplatePath } from '../../templates/analyse-template.ts';
import { isTemplate, parseTemplate } from '../../templates/liquid.ts';
import { placeOf } from '../../templates/param-places.ts';
import { renderTemplate } from '../../templates/render-template.ts';
import { RenderTimeout } from '../../templates/template-fault.ts';
import { type ActionList, actionListsOf } from '../action-list.ts';
import { textsIn } from '../check-templates.ts';
import { mayBeAbsent } from '../field-of.ts';
import type { Clause } from './clauses.ts';
import { fieldKey } from './field-key.ts';
import type { RuleInView } from './rule-in-view.ts';

/**
 * Templates that may come to nothing, where an action without that text is refused and has no `onFailure`. Each is rendered with what the rule's
 * conditions promise and nothing else.
 */
export function checkEmptyTemplates(view: RuleInView): Finding[] {
  return actionListsOf(view.rule).flatMap((list, index) =>
    list.actions.flatMap(({ action, path }) =>
      textsIn(action.params, []).flatMap(([text, within]) =>
        (action.onFailure ?? []).length > 0 || !isTemplate(text) || !isNeeded(action.type, within)
          ? []
          : checkTemplate(text, [...path, 'params', ...within], {
              view,
              when: list.when,
              isStep: isStep(list, index, view),
            }),
      ),
    ),
  );
}

function isNeeded(type: RuleActionType, path: JsonPath): boolean {
  return placeOf(type, path.map(String)).whenEmpty === 'refuse';
}

/** Steps come after the firing's own list, and before the end of the episode, at which the conditions hold no more. */
function isStep({ when }: ActionList, index: number, { rule: { steps } }: RuleInView): boolean {
  return when === 'later' && index <= steps.length;
}

interface Moment {
  view: RuleInView;
  when: ActionList['when'];
  isStep: boolean;
}

function checkTemplate(text: string, path: JsonPath, moment: Moment): Finding[] {
  const { ok, paths } = analyseTemplate(text);
  // Results and names that the template makes itself are not looked through.
  if (!ok || paths.some(({ root, dynamic }) => root === 'results' || dynamic)) return [];
  const promised: JsonObject = {};
  const unsure: TemplatePath[] = [];
  for (const read of paths) {
    const sample = sampleOf(read, moment);
    if (sample === undefined) unsure.push(read);
    else put(promised, [read.root, ...read.segments], sample);
  }
  const [first] = unsure;
  if (first === undefined || render(text, promised) !== '') return [];
  const names = [...new Set(unsure.map(({ root, segments }) => formatSegments([root, ...segments])))];
  return [
    {
      path,
      offset: first.offset,
      severity: 'warning',
      code: 'may-print-nothing',
      message: `this comes to nothing when ${names.slice(0, 3).join(' and ')} ${names.length === 1 ? 'is' : 'are'} absent, and then the action is refused`,
      remedy: `Write a text for that case, as in {{ ${names[0]} | default: 'nobody' }}, let the conditions ask for it with exists, or give the action an "onFailure".`,
    },
  ];
}

function render(text: string, facts: JsonObject): string {
  try {
    return String(renderTemplate(parseTemplate(text, 'plain'), 'plain', facts)).trim();
  } catch (error) {
    if (error instanceof RenderTimeout) throw error;
    // A sample that a filter does not take says nothing about real values.
    return text;
  }
}

function put(facts: JsonObject, [name = '', ...rest]: readonly string[], value: string | number | boolean): void {
  if (rest.length === 0) {
    facts[name] ??= value;
    return;
  }
  const present = facts[name];
  const inner: JsonObject = typeof present === 'object' && present !== null && !Array.isArray(present) ? present : {};
  facts[name] = inner;
  put(inner, rest, value);
}

/** A value that the field has when the action is made; undefined when it may be absent. */
function sampleOf(
  { root, segments }: TemplatePath,
  { view, when, isStep: inStep }: Moment,
): string | number | boolean | undefined {
  const { trigger } = view.rule;
  const lookup = findField(root, segments, trigger.kind === 'event' ? trigger.on : undefined);
  const key = fieldKey(root, segments);
  const conditionsHold = when === 'firing' || (inStep && trigger.kind === 'hold');
  const promised = conditionsHold ? promisedBy(key, view.clauses ?? [new Map()]) : undefined;
  if (promised !== undefined) return promised;
  const read = { fact: root, segments, lookup, name: key, whole: segments.length === 0 };
  const isThere = isUsuallyThere(key, view) || lookup.kind === 'unknown' || !mayBeAbsent(read, trigger);
  if (!isThere) return undefined;
  const kind = lookup.kind === 'field' ? lookup.field.kind : 'any';
  return kind === 'number' ? 60_000 : kind === 'boolean' ? true : kind === 'time' ? '2026-03-02T13:00:00.000Z' : 'x';
}

/** Of a field that is there whenever the conditions hold, one value that it can have. */
function promisedBy(key: string, clauses: readonly Clause[]): string | number | boolean | undefined {
  const all = clauses.map((clause) => {
    const own = clause.get(key);
    // Whoever has a chat is of some type: the one is there with the other.
    return own ?? (key === 'session.assigneeId' ? clause.get('session.assigneeType') : undefined);
  });
  if (all.length === 0 || !all.every((values) => values?.absent === false)) return undefined;
  const [value] = all[0]?.only ?? [];
  return key === 'session.assigneeId' && clauses.every((clause) => !clause.has(key)) ? 'x' : (value ?? 'x');
}

/** What Zoho's documentation puts into every event of a chat, though nothing proves it. */
function isUsuallyThere(key: string, { rule: { trigger } }: RuleInView): boolean {
  const ofChat =
    trigger.kind === 'hold' || (trigger.kind === 'event' && trigger.on.every((type) => type.startsWith('IM_')));
  if (
    ofChat &&
    ['session.channelId', 'channel.name', 'session.status', 'event.sessionId', 'event.channelId'].includes(key)
  )
    return true;
  const ofStatus = trigger.kind === 'event' && trigger.on.every((type) => type === SESSION_STATUS_EVENT);
  return ofStatus && ['transition.to', 'event.sessionStatus'].includes(key);
}
