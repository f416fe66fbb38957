import type { Entry } from '../../trial.ts';
import { isActing } from '../report.ts';
import type { Finding } from './finding.ts';

/**
 * A rule fires once for an episode, or an event, and once for each step and repeat that follows.
 * @param ticks whether a rule has a schedule: each of its ticks is a firing of its own
 */
export function findRepeatedFirings(
  record: readonly Entry[],
  ticks: (ruleId: string) => boolean = () => false,
): Finding[] {
  const seen = new Set<string>();
  return record.flatMap((entry): Finding[] => {
    if (entry.kind !== 'decision') return [];
    const { decision, at } = entry;
    const { ruleId, sessionId, episodeId, eventKey, step, repeat } = decision;
    if (!isActing(decision)) return [];
    const tick = ticks(ruleId) && (step ?? 0) === 0 ? decision.at : undefined;
    const name = JSON.stringify([ruleId, episodeId ?? eventKey, step, repeat, tick]);
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const detail = repeat === undefined ? `step ${step ?? 0}` : `repeat ${repeat}`;
    const finding: Finding = { invariant: 'oneFiring', ruleId, at, detail, wrongDecisions: new Set([decision]) };
    return [sessionId === undefined ? finding : { ...finding, sessionId }];
  });
}
