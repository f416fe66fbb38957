import { canonicalJson, isAbsent, type Json, type JsonObject } from '../../domain/json.ts';
import { MASKED, type Trace } from '../../domain/trace.ts';
import { valuesOf } from '../../domain/vocabulary.ts';
import { findField } from '../catalogue/find-field.ts';
import { takesParams } from '../catalogue/params.ts';
import { runtimeName } from '../computed/rule-reads.ts';
import { type Facts, pathParts, valueAt } from '../facts.ts';
import { show } from '../shown-value.ts';
import { type Candidate, candidatesOf } from './candidate-values.ts';
import type { ComparedField } from './compared-fields.ts';
import { leavesOf } from './condition-tree.ts';
import type { EvaluateFully } from './evaluate-fully.ts';
import type { Change, ExplainedCondition, ExplainedLeaf } from './explanation.ts';

/**
 * The fewest fields that would have to be different for the conditions to come out the other way, each with a value that
 * does it. Every answer is tried out with the evaluator of rules before it is given.
 */
export interface JudgedConditions {
  tree: ExplainedCondition;
  facts: Facts;
  runtime: ReadonlyMap<string, JsonObject>;
  at: number;
  evaluate: EvaluateFully;
  /** Of each comparison of the tree, the field that it has in place of a value. */
  others: readonly (ComparedField | undefined)[];
  /** The types of event that the rule is for. */
  types?: readonly string[] | undefined;
}

export type FieldChange = Extract<Change, { kind: 'field' }>;

/** So many evaluations at the most: some hundredths of a second. Past that, more is changed than would be needed. */
const MOST_TRIES = 2_000;

/** Undefined where no values would do it: what is not known, or what no value can meet. */
export async function findSmallestChange(
  judged: JudgedConditions,
  wanted: boolean,
): Promise<FieldChange[] | undefined> {
  const fields = await findFields(judged);
  if (areIndependent(judged)) return findByParts(judged, fields, wanted);
  const tries = { left: MOST_TRIES };
  for (let size = 1; size <= fields.length; size += 1) {
    for (const changes of combinations(fields, size)) {
      if (tries.left === 0) return findByParts(judged, fields, wanted);
      tries.left -= 1;
      if ((await verdictWith(judged, changes))?.result === wanted) return changes.map((one) => tell(judged, one));
    }
  }
  return undefined;
}

/** Whether each comparison has a field of its own and is decided: then what each group needs tells what the whole needs. */
function areIndependent({ tree, others }: JudgedConditions): boolean {
  if (others.some((other) => other !== undefined)) return false;
  const leaves = leavesOf(tree);
  const places = leaves.flatMap(placesOf).map((place) => canonicalJson({ ...place }));
  const isDecided = leaves.every(({ verdict }) => verdict !== undefined);
  return isDecided && places.length === leaves.length && new Set(places).size === places.length;
}

/** A field of a fact that comparisons read, with the values that change what these say. */
interface Field {
  fact: string;
  params?: JsonObject;
  path: string;
  leaves: readonly ExplainedLeaf[];
  alternatives: readonly Candidate[];
}

interface FieldTo {
  field: Field;
  to: Candidate;
}

/** The fields in the order of the tree; of values that make no difference to any comparison, the first. */
async function findFields(judged: JudgedConditions): Promise<Field[]> {
  const { tree, at, facts, runtime, others } = judged;
  const all = leavesOf(tree);
  const comparesFields = others.some((other) => other !== undefined);
  const places = all.flatMap((leaf, index) => {
    const other = others[index];
    return [...placesOf(leaf), ...(other === undefined ? [] : [other])].map((place) => ({ leaf, place }));
  });
  const groups = Map.groupBy(places, ({ place }) => canonicalJson({ ...place }));
  const fields: Field[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const leaves = group.map(({ leaf }) => leaf);
    const field: Field = { ...first.place, leaves, alternatives: [] };
    const familiar = familiarValues(field, judged.types);
    const present = vectorOf(await judged.evaluate(facts, at, runtime));
    const seen = new Set([present]);
    const alternatives: Candidate[] = [];
    // A field that is compared with another may need a value that only a comparison of the other one names.
    const candidates = comparesFields
      ? candidatesOf(all.flatMap(eitherWay), familiar, at)
      : candidatesOf(leaves.map(asAlone), familiar, at);
    for (const to of candidates) {
      if (to.value === MASKED) continue;
      const vector = vectorOf(await verdictWith(judged, [{ field, to }]));
      if (vector === undefined || (!comparesFields && seen.has(vector))) continue;
      seen.add(vector);
      // What is told as any value but some must not be that of the other field.
      alternatives.push(comparesFields && to.value !== undefined ? { value: to.value } : to);
    }
    if (alternatives.length > 0) fields.push({ ...field, alternatives });
  }
  return fields;
}

type Place = Pick<Field, 'fact' | 'params' | 'path'>;

/** Whether a status was changed to or from is seen in two fields. */
function placesOf({ fact, params, path = '$' }: ExplainedLeaf): Place[] {
  if (fact === 'transition' && pathParts(path).length === 0) {
    return [
      { fact, path: '$.to' },
      { fact, path: '$.from' },
    ];
  }
  return [{ fact, path, ...(params === undefined ? {} : { params }) }];
}

/** A comparison of a whole change, as one of a status. */
function asAlone(leaf: ExplainedLeaf): ExplainedLeaf {
  return /(?:^|:)changed(?:To|From)$/.test(leaf.operator) ? { ...leaf, operator: 'equal' } : leaf;
}

/** A comparison of two fields, from the side of each. */
function eitherWay(leaf: ExplainedLeaf): ExplainedLeaf[] {
  const alone = asAlone(leaf);
  if (leaf.actual === undefined || leaf.actual === MASKED) return [alone];
  return [alone, { ...alone, expected: leaf.actual }];
}

function familiarValues({ fact, path }: Place, types: readonly string[] | undefined): Json[] {
  const lookup = findField(fact, pathParts(path), types);
  if (lookup.kind !== 'field') return [];
  const { kind, speaks, vocabulary } = lookup.field;
  if (kind === 'boolean') return [true, false];
  return [...(speaks === undefined ? (vocabulary ?? []) : valuesOf(speaks))];
}

function verdictWith(judged: JudgedConditions, changes: readonly FieldTo[]): Promise<Trace | undefined> {
  let facts: Facts = judged.facts;
  let runtime = judged.runtime;
  for (const { field, to } of changes) {
    if (takesParams(field.fact)) {
      const name = runtimeName(field.fact, (field.params ?? {}) as Parameters<typeof runtimeName>[1]);
      runtime = new Map([...runtime, [name, withValue(runtime.get(name), field.path, to.value)]]);
    } else {
      const fact = field.fact as keyof Facts;
      facts = { ...facts, [fact]: withValue(facts[fact], field.path, to.value) };
    }
  }
  return judged.evaluate(facts, judged.at, runtime);
}

/** A copy with another value at a path; undefined: without one. */
export function withValue(fact: JsonObject | undefined, path: string, value: Json | undefined): JsonObject {
  const parts = pathParts(path);
  const [first, ...rest] = parts;
  const copy: JsonObject = { ...fact };
  if (first === undefined) return copy;
  if (rest.length > 0) {
    const inner = copy[first];
    const plain = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {};
    const name = rest.map((part) => `['${part}']`).join('');
    copy[first] = withValue(plain, name, value);
  } else if (value === undefined) delete copy[first];
  else copy[first] = value;
  return copy;
}

/** What every comparison said, as one text. */
function vectorOf(trace: Trace | undefined): string | undefined {
  if (trace === undefined) return undefined;
  if (trace.op === 'leaf') return trace.result === true ? '1' : '0';
  return trace.of.map(vectorOf).join('');
}

function* combinations(fields: readonly Field[], size: number, from = 0): Generator<FieldTo[]> {
  if (size === 0) {
    yield [];
    return;
  }
  for (let index = from; index <= fields.length - size; index += 1) {
    const field = fields[index];
    if (field === undefined) continue;
    for (const to of field.alternatives) {
      for (const rest of combinations(fields, size - 1, index + 1)) yield [{ field, to }, ...rest];
    }
  }
}

/**
 * The cheapest comparisons to turn, taken for independent of each other. It is the smallest where they are; where there is
 * too much to try it may not be. It is tried out like any other.
 */
async function findByParts(
  judged: JudgedConditions,
  fields: readonly Field[],
  wanted: boolean,
): Promise<FieldChange[] | undefined> {
  const leaves = await cheapest(judged, fields, judged.tree, wanted);
  if (leaves === undefined) return undefined;
  const changes = [...new Map(leaves.map((one) => [one.field, one])).values()];
  if ((await verdictWith(judged, changes))?.result !== wanted) return undefined;
  return changes.map((one) => tell(judged, one));
}

async function cheapest(
  judged: JudgedConditions,
  fields: readonly Field[],
  tree: ExplainedCondition,
  wanted: boolean,
): Promise<FieldTo[] | undefined> {
  if (tree.verdict === wanted) return [];
  if (tree.op === 'leaf') return turnLeaf(judged, fields, tree);
  const needsAll = tree.op === 'not' || tree.op === 'condition' || (tree.op === 'all') === wanted;
  const parts: (FieldTo[] | undefined)[] = [];
  for (const child of tree.of) {
    parts.push(await cheapest(judged, fields, child, tree.op === 'not' ? !wanted : wanted));
  }
  if (needsAll) return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  return parts.filter((part) => part !== undefined).sort((a, b) => a.length - b.length)[0];
}

async function turnLeaf(
  judged: JudgedConditions,
  fields: readonly Field[],
  leaf: ExplainedLeaf,
): Promise<FieldTo[] | undefined> {
  const position = leavesOf(judged.tree).indexOf(leaf);
  const before = vectorOf(await judged.evaluate(judged.facts, judged.at, judged.runtime))?.[position];
  for (const field of fields.filter(({ leaves }) => leaves.some((one) => one === leaf))) {
    for (const to of field.alternatives) {
      const after = vectorOf(await verdictWith(judged, [{ field, to }]))?.[position];
      if (after !== undefined && after !== before) return [{ field, to }];
    }
  }
  return undefined;
}

function tell({ facts }: JudgedConditions, { field, to: { value, otherThan } }: FieldTo): FieldChange {
  const { fact, params, path, leaves } = field;
  const own = leaves.find((leaf) => placesOf(leaf).some((place) => place.fact === fact && place.path === path));
  const from =
    own === undefined
      ? show({ fact, path }, valueAt(facts[fact as keyof Facts], path))
      : placesOf(own).length === 1
        ? own.actual
        : valueAt(own.actual, path);
  return {
    kind: 'field',
    fact,
    path,
    ...(params === undefined ? {} : { params }),
    ...(isAbsent(from) ? {} : { from: from as Json }),
    ...(value === undefined ? {} : { to: value }),
    ...(otherThan === undefined || otherThan.length === 0 ? {} : { otherThan }),
  };
}
