import { findName } from '../../domain/directory.ts';
import type { Rule } from '../../domain/rule.ts';
import type { Ruleset } from '../load/ruleset.ts';
import { describeActions } from './describe-actions.ts';
import {
  type ConditionContext,
  describeCondition,
  describeOnlyChange,
  describeOnlyStatus,
} from './describe-condition.ts';
import { en } from './en.ts';
import type { Language } from './language.ts';
import { ptBr } from './pt-br.ts';

/** The languages in which rules are told. */
export const RULE_LANGUAGES: Readonly<Record<Language['tag'], Language>> = { en, 'pt-BR': ptBr };

/**
 * A rule in plain sentences, made from the rule itself: when it acts, what it does, what comes after. The first
 * sentence is the gist. Nothing in it is escaped.
 */
export function describeRule(
  rule: Rule,
  { conditions, directory }: Pick<Ruleset, 'conditions' | 'directory'>,
  tag: Language['tag'],
): string[] {
  const language = RULE_LANGUAGES[tag];
  const nameOf = (id: string) => findName(directory, id);
  const context: ConditionContext = { language, named: conditions, nameOf };
  const actions = (specs: Rule['actions']) => describeActions(specs, language, nameOf);
  const when = [describeTrigger(rule, context), ...describeHours(rule, language)].join(' ');
  const { more } = language;
  return [
    language.whole(when, actions(rule.actions)),
    ...rule.steps.map(({ afterMs, unless, actions: specs }) =>
      more.step(language.duration(afterMs), unless === 'acknowledged', actions(specs)),
    ),
    ...(rule.repeat === undefined ? [] : [more.repeat(language.duration(rule.repeat.everyMs), rule.repeat.times)]),
    ...(rule.onResolve.length === 0 ? [] : [more.resolve(actions(rule.onResolve))]),
    ...describeBounds(rule, language),
    ...(rule.mode === 'live' ? [] : [more[rule.mode]]),
  ];
}

function describeTrigger({ trigger, conditions }: Rule, context: ConditionContext): string {
  const { language } = context;
  const state = describeCondition(conditions, context, trigger.kind === 'event');
  switch (trigger.kind) {
    case 'hold': {
      const status = describeOnlyStatus(conditions, context);
      return language.hold(status ?? state ?? '', language.duration(trigger.forMs), status !== undefined);
    }
    case 'event': {
      const change = describeOnlyChange(conditions, context);
      if (change !== undefined) return language.becomes(change);
      const names = trigger.on.map((type) => language.events[type]);
      const known = names.filter((name) => name !== undefined);
      const events = known.length === names.length ? language.or(known) : language.anyEvent(trigger.on);
      return language.event(events, state);
    }
    case 'schedule': {
      const { every } = trigger;
      const times =
        every.kind === 'interval'
          ? language.everyDuration(language.duration(every.ms))
          : language.everyCron(every.cron, every.zone);
      return state === undefined ? times : language.schedule(times, state);
    }
  }
}

function describeHours({ during, clock }: Rule, language: Language): string[] {
  if (during === undefined) return [];
  return [clock === 'business' ? `(${language.businessClock(during.calendar)})` : language.during(during.calendar)];
}

function describeBounds(rule: Rule, language: Language): string[] {
  const { more } = language;
  const { during, keepForMs, episodeBy, limit, groupAlerts, inhibitedBy, exclusive } = rule;
  return [
    ...(during?.outside === 'wait' ? [more.waits(during.calendar)] : []),
    ...(keepForMs === 0 ? [] : [more.keepFor(language.duration(keepForMs))]),
    ...(episodeBy.length === 0
      ? []
      : [more.episodeBy(language.or(episodeBy.map((field) => language.fields[field] ?? field)))]),
    ...(limit === undefined ? [] : [more.limit(limit.count, limit.per, language.duration(limit.withinMs))]),
    ...(groupAlerts === undefined ? [] : [more.grouped]),
    ...(inhibitedBy.length === 0 ? [] : [more.inhibited(language.or(inhibitedBy))]),
    ...(exclusive === undefined ? [] : [more.exclusive(exclusive)]),
  ];
}
