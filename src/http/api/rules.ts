import { Hono } from 'hono';
import * as z from 'zod';
import { formatDuration } from '../../domain/duration.ts';
import { formatSchedule, type Rule } from '../../domain/rule.ts';
import { tellRule } from '../../engine/describe/tell-rule.ts';
import type { AppDeps, AppEnv, CurrentRuleset } from '../app-deps.ts';
import { describeList } from './list.ts';

export const ruleSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    owner: z.string().nullable(),
    runbook: z.string().nullable(),
    tags: z.array(z.string()),
    mode: z.enum(['live', 'shadow', 'off']),
    priority: z.int(),
    exclusive: z.string().nullable(),
    kind: z.enum(['event', 'hold', 'schedule']),
    on: z.array(z.string()).nullable().describe('Event types of an event rule'),
    forMs: z.int().nullable().describe('How long the conditions of a hold rule must have held'),
    for: z.string().nullable().describe('The same for people'),
    every: z.string().nullable().describe('A duration or a cron line with its zone, of a schedule rule'),
    actions: z.array(z.object({ id: z.string(), type: z.string() })),
    steps: z.int().describe('Steps of its escalation'),
    sentences: z
      .object({ en: z.array(z.string()), 'pt-BR': z.array(z.string()) })
      .describe('What it does, told in plain sentences by the rule itself; the first is the gist'),
    rulesetHash: z.string(),
  })
  .meta({ id: 'Rule' });

function toRule(rule: Rule, ruleset: CurrentRuleset): z.infer<typeof ruleSchema> {
  const { trigger } = rule;
  const { en, 'pt-BR': ptBr } = tellRule(rule, ruleset);
  return {
    id: rule.id,
    name: rule.name,
    description: rule.description ?? null,
    owner: rule.owner ?? null,
    runbook: rule.runbook ?? null,
    tags: rule.tags,
    mode: rule.mode,
    priority: rule.priority,
    exclusive: rule.exclusive ?? null,
    kind: trigger.kind,
    on: trigger.kind === 'event' ? trigger.on : null,
    forMs: trigger.kind === 'hold' ? trigger.forMs : null,
    for: trigger.kind === 'hold' ? formatDuration(trigger.forMs) : null,
    every: trigger.kind === 'schedule' ? formatSchedule(trigger.every) : null,
    actions: rule.actions.map(({ id, type }) => ({ id, type })),
    steps: rule.steps.length,
    sentences: { en: [...en], 'pt-BR': [...ptBr] },
    rulesetHash: ruleset.hash,
  };
}

export function createRuleRoutes(deps: AppDeps): Hono<AppEnv> {
  return new Hono<AppEnv>().get('/', describeList('The rules in force, all of them', ruleSchema), (c) => {
    const ruleset = deps.currentRuleset();
    const data = ruleset?.rules.map((rule) => toRule(rule, ruleset)) ?? [];
    return c.json({ data, nextCursor: null });
  });
}
