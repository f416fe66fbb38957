import type { ActionSpec } from '../../domain/action.ts';
import { getDuration } from '../../domain/duration.ts';
import { sha256Hex } from '../../domain/hash.ts';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { DEFAULT_MAX_LATE_MS, type Rule } from '../../domain/rule.ts';
import type { ActionFile, RuleFile } from '../../domain/rule-file.ts';
import { analyseTemplate } from '../templates/analyse-template.ts';
import { type NamedConditions, namesUsed } from './condition-tree.ts';

/** From a checked rule file to a rule: defaults filled in, durations in ms, templates analysed. */
export function buildRule(id: string, file: RuleFile, content: JsonObject, named: NamedConditions): Rule {
  return {
    id,
    name: file.name,
    ...(file.description !== undefined && { description: file.description }),
    ...(file.owner !== undefined && { owner: file.owner }),
    ...(file.runbook !== undefined && { runbook: file.runbook }),
    tags: file.tags ?? [],
    mode: file.mode ?? 'live',
    priority: file.priority ?? 1,
    ...(file.exclusive !== undefined && { exclusive: file.exclusive }),
    trigger:
      file.for === undefined
        ? { kind: 'event', on: [...new Set(file.on)], late: file.late ?? false }
        : { kind: 'hold', forMs: getDuration(file.for) },
    conditions: file.conditions,
    episodeBy: file.episodeBy ?? [],
    actions: buildActions(file.actions),
    steps: (file.steps ?? []).map((step) => ({
      afterMs: getDuration(step.after),
      unless: step.unless ?? 'acknowledged',
      actions: buildActions(step.actions),
    })),
    onResolve: buildActions(file.onResolve),
    ...(file.limit && {
      limit: { count: file.limit.count, per: file.limit.per, withinMs: getDuration(file.limit.within) },
    }),
    maxLateMs: file.maxLate === undefined ? DEFAULT_MAX_LATE_MS : getDuration(file.maxLate),
    contentHash: hashRule(content, file, named),
  };
}

/** An edit of a condition that the rule names is an edit of the rule. */
function hashRule(content: JsonObject, file: RuleFile, named: NamedConditions): string {
  const used = [...namesUsed(file.conditions, named)].map((name) => [name, toJson(named.get(name))]);
  return sha256Hex(canonicalJson({ rule: withoutSchema(content), conditions: Object.fromEntries(used) }));
}

/** Where an editor finds the schema is no part of what a file says. */
export function withoutSchema({ $schema: _, ...content }: JsonObject): JsonObject {
  return content;
}

function buildActions(actions: readonly ActionFile[] | undefined): ActionSpec[] {
  return (actions ?? []).map(buildAction);
}

function buildAction(action: ActionFile, index: number): ActionSpec {
  const onFailure = buildActions(action.onFailure);
  const id = action.id ?? `${action.type}#${index}`;
  const params = toJsonObject(action.params);
  const analyses = textsIn(params).map((text) => analyseTemplate(text));
  const within = new Set([id, ...onFailure.map((spec) => spec.id)]);
  const reads = new Set([
    ...analyses.flatMap((analysis) => analysis.resultsRead),
    // An action for a failure is made when this one has failed: what it reads must be settled by then.
    ...onFailure.flatMap((spec) => spec.reads).filter((read) => !within.has(read)),
  ]);
  const facts = new Set([
    ...analyses.flatMap((analysis) => analysis.facts),
    ...onFailure.flatMap((spec) => spec.facts),
  ]);
  return {
    id,
    type: action.type,
    params,
    ...(action.needs !== undefined && { needs: action.needs }),
    reads: [...reads].sort(),
    onUncertain: action.onUncertain ?? (action.type === 'zoho.commentTicket' ? 'leave' : 'repeat'),
    onFailure,
    facts: [...facts].sort(),
  };
}

/** Every text within a value: each is a template. Keys are not. */
function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  return isJsonObject(value) ? Object.values(value).flatMap(textsIn) : [];
}

/** Guarantee: the schema has no transforms, so params are the JSON that the file holds. */
function toJsonObject(params: Record<string, unknown>): JsonObject {
  return params as JsonObject;
}

/** Guarantee: a condition is JSON whose optional keys are left out, never undefined. */
function toJson(condition: unknown): Json {
  return condition as Json;
}
