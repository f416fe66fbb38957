import type { ActionSpec } from '../../domain/action.ts';
import { getDuration, parseDuration } from '../../domain/duration.ts';
import { sha256Hex } from '../../domain/hash.ts';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import {
  DEFAULT_GROUP_INTERVAL_MS,
  DEFAULT_GROUP_WAIT_MS,
  DEFAULT_MAX_LATE_MS,
  type Rule,
  type Schedule,
  type Trigger,
} from '../../domain/rule.ts';
import type { ActionFile, RuleFile } from '../../domain/rule-file.ts';
import { analyseTemplate } from '../templates/analyse-template.ts';
import { type NamedConditions, namesUsed } from './condition-tree.ts';

/** What rules use of other files. */
export interface SharedFiles {
  named: NamedConditions;
  /** Content of calendars.json. */
  calendars: JsonObject;
}

/** From a checked rule file to a rule: defaults filled in, durations in ms, templates analysed. */
export function buildRule(id: string, file: RuleFile, content: JsonObject, shared: SharedFiles): Rule {
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
    trigger: buildTrigger(file),
    ...(file.during !== undefined && { during: { calendar: file.during, outside: file.outside ?? 'skip' } }),
    clock: file.clock ?? 'wall',
    conditions: file.conditions,
    keepForMs: file.keepFor === undefined ? 0 : getDuration(file.keepFor),
    ...(file.repeat && { repeat: { everyMs: getDuration(file.repeat.every), times: file.repeat.times } }),
    ...(file.groupAlerts && { groupAlerts: buildGrouping(file.groupAlerts) }),
    inhibitedBy: file.inhibitedBy ?? [],
    onUnknown: file.onUnknown ?? (changesZoho(file) ? 'skip' : 'match'),
    onEdit: file.onEdit ?? 'keep',
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
    contentHash: hashRule(content, file, shared),
  };
}

function buildTrigger(file: RuleFile): Trigger {
  if (file.for !== undefined) return { kind: 'hold', forMs: getDuration(file.for) };
  if (file.every !== undefined) return { kind: 'schedule', every: buildSchedule(file.every) };
  return { kind: 'event', on: [...new Set(file.on)], late: file.late ?? false };
}

/** A cron line without a zone is in UTC. */
function buildSchedule(every: NonNullable<RuleFile['every']>): Schedule {
  if (typeof every !== 'string') return { kind: 'cron', ...every };
  const ms = parseDuration(every);
  return ms === undefined ? { kind: 'cron', cron: every, zone: 'UTC' } : { kind: 'interval', ms };
}

function buildGrouping({ by, wait, interval }: NonNullable<RuleFile['groupAlerts']>): NonNullable<Rule['groupAlerts']> {
  return {
    by: by ?? [],
    waitMs: wait === undefined ? DEFAULT_GROUP_WAIT_MS : getDuration(wait),
    intervalMs: interval === undefined ? DEFAULT_GROUP_INTERVAL_MS : getDuration(interval),
  };
}

/** Whether the rule changes something in Zoho Desk, at its firing or later. */
function changesZoho({ actions, steps = [], onResolve = [] }: RuleFile): boolean {
  const changes = ({ type, onFailure = [] }: ActionFile): boolean =>
    type.startsWith('zoho.') || onFailure.some(changes);
  return [...actions, ...steps.flatMap((step) => step.actions), ...onResolve].some(changes);
}

/** An edit of a condition or of the calendar that the rule names is an edit of the rule. */
function hashRule(content: JsonObject, file: RuleFile, { named, calendars }: SharedFiles): string {
  const used = [...namesUsed(file.conditions, named)].map((name) => [name, toJson(named.get(name))]);
  const during = file.during === undefined ? undefined : calendars[file.during];
  return sha256Hex(
    canonicalJson({
      rule: withoutSchema(content),
      conditions: Object.fromEntries(used),
      ...(during !== undefined && { during }),
    }),
  );
}

/** Where an editor finds the schema is no part of what a file says. */
export function withoutSchema({ $schema: _, ...content }: JsonObject): JsonObject {
  return content;
}

/** What a rule's file says of what the rule does: what it accepts of the check is no part of that. */
export function ruleContentOf(value: Json): JsonObject {
  const { accept: _, ...content } = contentOf(value);
  return content;
}

/** What a file says, without the address of its schema. */
export function contentOf(value: Json): JsonObject {
  return isJsonObject(value) ? withoutSchema(value) : {};
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
