import type { Decision } from '../../domain/decision.ts';
import { parseSubject } from '../../domain/desk-subject.ts';
import { hasFired } from './firing.ts';

/**
 * How late each firing was carried out. The steps and repeats of a ladder count from that moment, so a service that was busy
 * for a second has them a second later than one that was not: without it, two records of the same decisions never agree.
 */
export interface Lateness {
  /** Of what the decision counts from, ms: 0 for a firing itself. @param decidedAt when it was judged, epoch ms */
  of(decision: LadderDecision, decidedAt: number): number;
}

type LadderDecision = Pick<Decision, 'episodeId' | 'subject' | 'outcome' | 'step' | 'repeat' | 'at'>;

/** Episodes whose firing was late; of more, those that fired longest ago are taken for punctual. */
const MAX_EPISODES = 100_000;

export function createLateness(): Lateness {
  const byEpisode = new Map<string, number>();

  function fire(episodeId: string, { subject, at }: LadderDecision, decidedAt: number): void {
    // What goes by the clock counts from the first tick of its episode.
    if (byEpisode.has(episodeId) && parseSubject(subject) !== undefined) return;
    byEpisode.delete(episodeId);
    byEpisode.set(episodeId, Math.max(0, decidedAt - at));
    const [oldest] = byEpisode.keys();
    if (byEpisode.size > MAX_EPISODES && oldest !== undefined) byEpisode.delete(oldest);
  }

  return {
    of(decision, decidedAt) {
      const { episodeId, outcome, step = 0, repeat } = decision;
      if (episodeId === undefined) return 0;
      if (step > 0 || repeat !== undefined) return byEpisode.get(episodeId) ?? 0;
      if (hasFired({ outcome })) fire(episodeId, decision, decidedAt);
      else if (outcome === 'resolved') byEpisode.delete(episodeId);
      return 0;
    },
  };
}
