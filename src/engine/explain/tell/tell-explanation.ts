import { formatDuration } from '../../../domain/duration.ts';
import { isJsonObject, type Json } from '../../../domain/json.ts';
import { describeCondition } from '../../describe/describe-condition.ts';
import { RULE_LANGUAGES } from '../../describe/describe-rule.ts';
import type { Language } from '../../describe/language.ts';
import type { ExplainedCondition, ExplainedLeaf, Explanation } from '../explanation.ts';
import { en } from './en.ts';
import { placeOf } from './place-of.ts';
import { ptBr } from './pt-br.ts';
import { tellChange } from './tell-change.ts';
import { tellGate } from './tell-gate.ts';
import type { ExplainWords } from './words.ts';

/** One line of an explanation, for a terminal or a page. Nothing in it is escaped. */
export interface ToldLine {
  kind: 'title' | 'verdict' | 'text' | 'heading' | 'condition' | 'gate' | 'change' | 'decision' | 'note';
  /** How far it is indented: its place in the tree of conditions. */
  depth: number;
  /** `unjudged`: another gate decided before. */
  mark?: 'held' | 'failed' | 'unknown' | 'unjudged';
  text: string;
  /** The same as the rule writes it, with the value that was met. */
  detail?: string;
}

export const EXPLAIN_WORDS: Readonly<Record<Language['tag'], ExplainWords>> = { en, 'pt-BR': ptBr };

export interface Teller {
  words: ExplainWords;
  language: Language;
  time(at: number): string;
  span(ms: number): string;
  value(value: Json | undefined): string;
  nameOf(id: string): string | undefined;
}

/**
 * An explanation in words.
 * @param zone IANA name of the zone in which times are shown; each says it
 */
export function tellExplanation(explanation: Explanation, tag: Language['tag'], zone: string): ToldLine[] {
  const teller = createTeller(explanation, tag, zone);
  const { words, time } = teller;
  const { rule, sessionId, verdict, reason, isRecorded, conditions, gates, changes, standing, askedAt } = explanation;
  const title = `${rule.id}: ${rule.name} · ${words.chat(sessionId)}`;
  const isKept = standing !== undefined && explanation.look !== undefined && askedAt > explanation.look.at;
  return [
    { kind: 'title', depth: 0, text: title },
    ...tellLook(explanation, teller),
    { kind: 'verdict', depth: 0, text: words.verdicts[verdict], mark: markOf(verdict) },
    ...(reason === undefined ? [] : [text(isRecorded ? words.recorded(reason) : words.computed(reason))]),
    ...(conditions === undefined ? [] : [heading(words.headings.conditions), ...tellTree(conditions, teller, 1)]),
    heading(words.headings.gates),
    ...gates.map((gate): ToldLine => ({ kind: 'gate', depth: 1, ...tellGate(gate, teller) })),
    heading(verdict === 'fired' ? words.headings.changes.toNotFire : words.headings.changes.toFire),
    ...(changes.length === 0 ? [{ kind: 'change' as const, depth: 1, text: words.changes.none }] : []),
    ...changes.map((change, index): ToldLine => {
      const said = tellChange(change, teller);
      return { kind: 'change', depth: 1, text: index === 0 ? said : words.changes.and(said) };
    }),
    ...(isKept ? [heading(`${words.headings.standing} ${time(askedAt)}`), tellStanding(standing, teller)] : []),
    ...tellNeighbours(explanation, teller),
    ...tellNotes(explanation, teller),
  ];
}

/** Instants as the engine writes them into its sentences. */
const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z/g;

/** The same for where nothing makes something of the instants in sentences and values: they too are told in the zone. */
export function tellPlainly(explanation: Explanation, tag: Language['tag'], zone: string): ToldLine[] {
  const time = createClockFace(EXPLAIN_WORDS[tag].locale, zone);
  const inZone = (said: string) =>
    said.replace(INSTANT, (instant) => (Number.isNaN(Date.parse(instant)) ? instant : time(Date.parse(instant))));
  return tellExplanation(explanation, tag, zone).map(({ text, detail, ...line }) => ({
    ...line,
    text: inZone(text),
    ...(detail === undefined ? {} : { detail: inZone(detail) }),
  }));
}

function createClockFace(locale: string, zone: string): (at: number) => string {
  const format = new Intl.DateTimeFormat(locale, {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  return (at) => format.format(at);
}

function createTeller({ names }: Explanation, tag: Language['tag'], zone: string): Teller {
  const words = EXPLAIN_WORDS[tag];
  const nameOf = (id: string) => names[id];
  return {
    words,
    language: RULE_LANGUAGES[tag],
    time: createClockFace(words.locale, zone),
    span: formatDuration,
    nameOf,
    value(value) {
      if (value === undefined) return words.nothing;
      const shown = typeof value === 'string' ? value : JSON.stringify(value);
      const name = typeof value === 'string' ? nameOf(value) : undefined;
      return name === undefined || name === shown ? shown : `${shown} (${name})`;
    },
  };
}

const text = (line: string): ToldLine => ({ kind: 'text', depth: 0, text: line });
const heading = (line: string): ToldLine => ({ kind: 'heading', depth: 0, text: line });

function markOf(verdict: Explanation['verdict']): 'held' | 'failed' | 'unknown' {
  if (verdict === 'fired' || verdict === 'silenced') return 'held';
  return verdict === 'waiting' || verdict === 'armed' || verdict === 'kept' ? 'unknown' : 'failed';
}

function tellLook({ look, askedAt }: Explanation, { words, time }: Teller): ToldLine[] {
  if (look === undefined) return [text(words.looks.state(time(askedAt)))];
  const at = time(look.at);
  const judged = Math.abs(look.judgedAt - look.at) < 1_000 ? undefined : time(look.judgedAt);
  switch (look.kind) {
    case 'event':
      return [text(words.looks.event(look.event?.type ?? '', at, judged))];
    case 'due':
      return [text(words.looks.due(at, judged))];
    default:
      return [text(words.looks[look.kind](at))];
  }
}

function tellTree(tree: ExplainedCondition, teller: Teller, depth: number): ToldLine[] {
  const mark = tree.verdict === undefined ? 'unknown' : tree.verdict ? 'held' : 'failed';
  if (tree.op === 'leaf') return [{ kind: 'condition', depth, mark, ...tellLeaf(tree, teller) }];
  const { groups } = teller.words;
  const title = tree.op === 'condition' ? groups.condition(tree.name) : groups[tree.op];
  return [
    { kind: 'condition', depth, mark, text: title },
    ...tree.of.flatMap((child) => tellTree(child, teller, depth + 1)),
  ];
}

function tellLeaf(leaf: ExplainedLeaf, { words, language, nameOf, value }: Teller): Pick<ToldLine, 'text' | 'detail'> {
  // Of a whole change, what changed.
  const shownOf = (met: Json | undefined) =>
    leaf.fact === 'transition' && isJsonObject(met) ? `${value(met['from'])} → ${value(met['to'])}` : value(met);
  const { fact, params, path = '$', operator, expected, actual, unknown } = leaf;
  const asked = { fact, path, operator, value: expected ?? null, ...(params === undefined ? {} : { params }) };
  // Guarantee: params come from a rule that was loaded.
  const condition = asked as Parameters<typeof describeCondition>[0];
  const phrase = describeCondition(condition, { language, named: {}, nameOf }, true);
  const met = unknown === undefined || unknown === 'vocabulary' ? words.met(shownOf(actual)) : undefined;
  const why = unknown === undefined ? undefined : words.unknown[unknown];
  const compared = `${placeOf(leaf)} ${operator}${expected === undefined ? '' : ` ${value(expected)}`}`;
  return {
    text: phrase ?? compared,
    detail: `${compared}; ${[met, why].filter((part) => part !== undefined).join(', ')}`,
  };
}

function tellStanding(standing: NonNullable<Explanation['standing']>, { words, time }: Teller): ToldLine {
  const { state, startedAt, approximate, dueAt, firedAt, falseSince, endReason } = standing;
  const { gate } = words;
  const said =
    state === 'fired' && firedAt !== undefined
      ? gate.firedAt(time(firedAt))
      : state === 'running'
        ? gate.running(time(startedAt), approximate, time(dueAt), undefined)
        : gate.gaveUp(endReason ?? state);
  return {
    kind: 'text',
    depth: 1,
    text: falseSince === undefined ? said : `${said}; ${gate.falseSince(time(falseSince))}`,
  };
}

function tellNeighbours({ neighbours }: Explanation, { words, time }: Teller): ToldLine[] {
  const list = (title: string, decisions: Explanation['neighbours']['before']): ToldLine[] =>
    decisions.length === 0
      ? []
      : [
          heading(title),
          ...decisions.map(
            ({ at, outcome, reason }): ToldLine => ({
              kind: 'decision',
              depth: 1,
              text: `${time(at)} ${words.outcomes[outcome]}`,
              detail: reason,
            }),
          ),
        ];
  return [...list(words.headings.before, neighbours.before), ...list(words.headings.after, neighbours.after)];
}

function tellNotes({ notes, disagreement }: Explanation, { words, time }: Teller): ToldLine[] {
  const said = notes.map((note) => tellNote(note, words));
  if (disagreement !== undefined) {
    const list = (decisions: { outcome: keyof typeof words.outcomes; reason: string }[]) =>
      decisions.map(({ outcome, reason }) => `${words.outcomes[outcome]} (${reason})`).join('; ') ||
      words.notes.noDecision;
    const { recorded, computed, editedAt } = disagreement;
    said.push(
      words.notes.disagreement(list(recorded), list(computed), editedAt === undefined ? undefined : time(editedAt)),
    );
  }
  if (said.length === 0) return [];
  return [heading(words.headings.notes), ...said.map((line): ToldLine => ({ kind: 'note', depth: 1, text: line }))];
}

function tellNote(note: Explanation['notes'][number], { notes }: ExplainWords): string {
  switch (note.kind) {
    case 'events_removed':
      return notes.eventsRemoved(note.count);
    case 'from_record':
      return notes.fromRecord;
    case 'values_unknown':
      return notes.valuesUnknown(note.count);
    case 'rules_unreadable':
      return notes.rulesUnreadable(note.hash.slice(0, 12));
    case 'judged_for':
      return notes.judgedFor(note.subject);
  }
}
