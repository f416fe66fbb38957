import type { Episode } from '../domain/episode.ts';
import type { Rule } from '../domain/rule.ts';
import { type InhibitorKey, inhibitorName } from '../engine/subject-state.ts';

/** The open episodes that hold other rules back, in memory: only of rules that some `inhibitedBy` names. */
export interface Inhibiting {
  /** Takes note of episodes as they are now. */
  note(episodes: readonly Episode[]): void;
  /** Subjects with such an episode, by `inhibitorName`. */
  answer(keys: readonly InhibitorKey[]): Map<string, readonly string[]>;
}

export function createInhibiting(rules: readonly Rule[]): Inhibiting {
  const named = new Set(rules.flatMap(({ inhibitedBy }) => inhibitedBy));
  const open = new Map<string, Map<string, string>>();
  return {
    note(episodes) {
      for (const { id, ruleId, channelId, subject, state, mode, endedAt } of episodes) {
        if (channelId === undefined || !named.has(ruleId)) continue;
        const name = inhibitorName({ ruleId, channelId });
        const subjects = open.get(name) ?? new Map<string, string>();
        open.set(name, subjects);
        if (state === 'fired' && mode === 'live' && endedAt === undefined) subjects.set(id, subject);
        else subjects.delete(id);
      }
    },
    answer: (keys) =>
      new Map(keys.map(inhibitorName).map((name) => [name, [...new Set(open.get(name)?.values() ?? [])]])),
  };
}
