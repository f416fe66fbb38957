import type { Rule, RuleFault } from '../../../domain/rule.ts';
import { type Finding, toRuleFault } from '../../load/fault.ts';
import { type JsonSource, parseJsonSource } from '../../load/json-source.ts';
import type { Ruleset } from '../../load/ruleset.ts';
import { CALENDARS_FILE, CONDITIONS_FILE } from '../../load/sort-files.ts';
import { checkCircles } from './check-circles.ts';
import { checkContradictions } from './check-contradictions.ts';
import { checkEmptyTemplates } from './check-empty-templates.ts';
import { checkReach } from './check-reach.ts';
import { checkShadows } from './check-shadows.ts';
import { checkUnusedCalendars, checkUnusedConditions } from './check-unused.ts';
import { viewRules } from './rule-in-view.ts';

/**
 * What rules come to, alone and beside each other, once a folder loads: only warnings, and only what is certain by the rules'
 * own texts. It is not part of loading, so that a server does not wait for it.
 */
export function checkAcross(ruleset: Ruleset, sources = openSources(ruleset)): RuleFault[] {
  const views = viewRules(ruleset);
  const place = (file: string, finding: Finding): RuleFault[] => {
    const source = sources(file);
    return source === undefined ? [] : [toRuleFault(source, finding)];
  };
  const ofRule = ({ id }: Rule, findings: readonly Finding[]) =>
    findings.flatMap((finding) => place(`${id}.rule.json`, finding));
  return [
    ...views.flatMap((view) => ofRule(view.rule, [...checkReach(view), ...checkEmptyTemplates(view)])),
    ...checkShadows(views).flatMap(({ rule, finding }) => ofRule(rule, [finding])),
    ...checkCircles(views).flatMap(({ rule, finding }) => ofRule(rule, [finding])),
    ...checkContradictions(views).flatMap(({ rule, finding }) => ofRule(rule, [finding])),
    // Files without any rule are at their beginning: what they hold is yet to be used.
    ...(views.length === 0
      ? []
      : [
          ...checkUnusedConditions(ruleset).flatMap((finding) => place(CONDITIONS_FILE, finding)),
          ...checkUnusedCalendars(ruleset).flatMap((finding) => place(CALENDARS_FILE, finding)),
        ]),
  ];
}

/** The files of a ruleset with the places of their values, each read when it is first asked for. */
export function openSources({ files }: Ruleset): (file: string) => JsonSource | undefined {
  const opened = new Map<string, JsonSource>();
  return (file) => {
    const known = opened.get(file);
    const text = files[file];
    if (known !== undefined || text === undefined) return known;
    const parsed = parseJsonSource(file, text);
    if (parsed.ok) opened.set(file, parsed.source);
    return opened.get(file);
  };
}
