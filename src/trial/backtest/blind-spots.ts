import { isPersonalPath } from '../../domain/personal.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import { placesRead } from '../../engine/computed/rule-reads.ts';
import { allLeaves } from '../../engine/load/condition-tree.ts';

/** What stored events cannot show, and the rules whose conditions ask for it: their firings are not to be relied on. */
export const BLIND_SPOTS = ['personal', 'presence', 'silence', 'ours', 'acknowledged'] as const;
export type BlindSpotKind = (typeof BLIND_SPOTS)[number];

export interface BlindSpot {
  kind: BlindSpotKind;
  ruleIds: string[];
}

/** Fields of a channel that go by how silent it usually is, which is learned over weeks. */
const OF_SILENCE = new Set(['$.usualSilenceSeconds', '$.unusuallySilent']);

export function findBlindSpots({ active, conditions }: CompiledRuleset): BlindSpot[] {
  const named = new Map(Object.entries(conditions));
  const found = new Map<BlindSpotKind, string[]>();
  for (const rule of active.values()) {
    const places = [...allLeaves(rule.conditions, named)].flatMap(placesRead);
    const reads = (wanted: string, isIt: (path: string) => boolean) =>
      places.some(({ fact, path }) => fact === wanted && isIt(path));
    const met: Record<BlindSpotKind, boolean> = {
      personal: reads('event', isPersonalPath),
      presence: reads('agent', (path) => path === '$.online'),
      silence: reads('channel', (path) => OF_SILENCE.has(path)),
      ours: reads('transition', (path) => path === '$.ours'),
      acknowledged: rule.steps.some(({ unless }) => unless === 'acknowledged'),
    };
    for (const kind of BLIND_SPOTS) if (met[kind]) found.set(kind, [...(found.get(kind) ?? []), rule.id]);
  }
  return BLIND_SPOTS.flatMap((kind) => {
    const ruleIds = found.get(kind);
    return ruleIds === undefined ? [] : [{ kind, ruleIds: ruleIds.sort() }];
  });
}
