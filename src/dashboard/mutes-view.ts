import { findName } from '../domain/directory.ts';
import type { Pause } from '../domain/mute.ts';
import type { Directory, Rule } from '../domain/rule.ts';
import { silencedUntil } from '../engine/silences.ts';
import { toSilence } from '../store/mutes.ts';
import { type ListedPause, type ListedSilence, MOST_WAITING } from '../store/read/mutes.ts';

/** What every page tells of what is held back, as plain data with names. */
export interface MutesView {
  /** In force, the newest first. */
  pauses: {
    id: string;
    scope: Pause['scope'];
    /** Of what it is about. */
    name: string | null;
    actions: Pause['actions'];
    owner: string;
    reason: string;
    startsAt: number;
    endsAt: number | null;
    heldBack: number;
    waiting: number;
    /** `waiting` is counted no further. */
    more: boolean;
  }[];
  /** In force at this moment, the newest first. */
  silences: { id: string; names: string[]; owner: string; reason: string; until: number; heldBack: number }[];
}

interface Naming {
  rules: readonly Rule[];
  directory: Directory;
}

export function toMutesView(
  pauses: readonly ListedPause[],
  silences: readonly ListedSilence[],
  { rules, directory }: Naming,
  now: number,
): MutesView {
  const ruleName = (id: string) => rules.find((rule) => rule.id === id)?.name ?? id;
  const nameOf = (id: string) => findName(directory, id) ?? id;
  return {
    pauses: pauses.map(({ id, scope, actions, owner, reason, startsAt, endsAt, heldBack, waiting }) => ({
      id,
      scope,
      name: scope.kind === 'everything' ? null : scope.kind === 'rule' ? ruleName(scope.id) : nameOf(scope.id),
      actions,
      owner,
      reason,
      startsAt,
      endsAt,
      heldBack,
      waiting,
      more: waiting >= MOST_WAITING,
    })),
    silences: silences.flatMap((row) => {
      const until = silencedUntil(toSilence(row), now);
      if (until === undefined) return [];
      const { id, matcher, owner, reason, heldBack } = row;
      const { ruleId, channelId, agentId, sessionId } = matcher;
      const names = [
        ...(ruleId === undefined ? [] : [ruleName(ruleId)]),
        ...[channelId, agentId, sessionId].flatMap((one) => (one === undefined ? [] : [nameOf(one)])),
      ];
      return [{ id, names, owner, reason, until, heldBack }];
    }),
  };
}
