import type { Calendar } from '../../domain/calendar.ts';
import type { Directory, Rule } from '../../domain/rule.ts';
import type { Condition } from '../../domain/rule-file.ts';

/** All rules at one moment, checked. Nothing in it depends on how the files were formatted or commented. */
export interface Ruleset {
  /** Hex, over the canonical content of rules, conditions, directory and calendars: its name in the store and in decisions. */
  hash: string;
  /** Sorted by id; rules that are off are among them. */
  rules: Rule[];
  /** Named conditions. */
  conditions: Record<string, Condition>;
  directory: Directory;
  calendars: ReadonlyMap<string, Calendar>;
  /** The texts that it was made of, by file name: rules, conditions.json, directory.json, calendars.json. */
  files: Record<string, string>;
}
