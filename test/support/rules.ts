import type { ActionSpec, RuleActionType } from '../../src/domain/action.ts';
import type { Calendar } from '../../src/domain/calendar.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { DEFAULT_MAX_LATE_MS, type Directory, type Rule } from '../../src/domain/rule.ts';
import type { Condition } from '../../src/domain/rule-file.ts';
import { type CompiledRuleset, compileRuleset } from '../../src/engine/compile.ts';

/** Rules for tests: made directly, or loaded from texts as an admin writes them. */
export const ON_HOLD: Condition = { fact: 'session', path: '$.status', operator: 'equal', value: 'ON_HOLD' };

export function anAction(type: RuleActionType, params: JsonObject = {}, more: Partial<ActionSpec> = {}): ActionSpec {
  return { id: `${type}#0`, type, params, reads: [], facts: [], onUncertain: 'repeat', onFailure: [], ...more };
}

export function aRule(rule: Partial<Rule> & { id: string }): Rule {
  return {
    name: rule.id,
    tags: [],
    mode: 'live',
    priority: 1,
    trigger: { kind: 'hold', forMs: 900_000 },
    conditions: { all: [ON_HOLD] },
    clock: 'wall',
    keepForMs: 0,
    inhibitedBy: [],
    onUnknown: 'match',
    onEdit: 'keep',
    episodeBy: [],
    actions: [anAction('slack.post', { channel: '#ops', text: 'x' })],
    steps: [],
    onResolve: [],
    maxLateMs: DEFAULT_MAX_LATE_MS,
    contentHash: JSON.stringify(rule),
    ...rule,
  };
}

export function emptyDirectory(): Directory {
  return {
    channels: new Map(),
    departments: new Map(),
    agents: new Map(),
    agentIdByZuid: new Map(),
    bots: new Map(),
    teams: new Map(),
    slackUsers: new Map(),
    slackChannels: new Map(),
  };
}

export function rulesetOf(
  rules: Rule[],
  conditions: Record<string, Condition> = {},
  calendars: ReadonlyMap<string, Calendar> = new Map(),
): CompiledRuleset {
  const sorted = [...rules].sort((a, b) => (a.id < b.id ? -1 : 1));
  const hash = `test-${sorted.map(({ id, contentHash }) => id + contentHash).join()}`;
  return compileRuleset({ hash, rules: sorted, conditions, directory: emptyDirectory(), calendars, files: {} });
}
