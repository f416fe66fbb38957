import {
  type Cause,
  type Draft,
  findOpenHold,
  openEpisodes,
  recordDecision,
  saveEpisode,
  stateFacts,
} from './draft.ts';
import { armEpisode, endEpisode, endReason, episodeValues, moveEpisode } from './episodes.ts';
import { modeOf } from './fire.ts';
import { endWithoutRule } from './judge-due.ts';

/**
 * A chat meets a ruleset that came into force at `loadedAt`: rules that are new hold it from the later of its status
 * and the loading (so that a deploy starts no storm); of edited rules the start is kept and the new text judged;
 * what belongs to rules that are gone ends.
 */
export async function judgeSweep(draft: Draft, changedRules: ReadonlySet<string>, loadedAt: number): Promise<void> {
  const cause: Cause = { at: Math.max(loadedAt, draft.session?.lastEventAt ?? 0) };
  for (const episode of openEpisodes(draft)) {
    // A rule that is of another kind now has nothing more to do with what it had begun.
    const isGone = draft.ruleset.active.get(episode.ruleId)?.trigger.kind !== episode.kind;
    if (changedRules.has(episode.ruleId) && isGone) endWithoutRule(draft, episode, cause);
  }
  const { session } = draft;
  if (session === undefined) return;
  const facts = stateFacts(draft, cause.at);
  for (const ruleId of changedRules) {
    const rule = draft.ruleset.active.get(ruleId);
    if (rule?.trigger.kind !== 'hold') continue;
    const evaluation = await draft.ruleset.evaluator.evaluate(rule, facts, cause.at);
    if (!evaluation.ok) {
      recordDecision(draft, rule, cause, 'error', evaluation.reason);
      continue;
    }
    const open = findOpenHold(draft, ruleId);
    if (!evaluation.result) {
      if (open !== undefined) endEpisode(draft, open, rule, cause, endReason(rule, session), evaluation.trace);
    } else if (open === undefined) {
      const at = Math.max(session.statusSince ?? session.lastEventAt, loadedAt);
      const by = episodeValues(rule, facts);
      armEpisode(draft, rule, { at, approximate: false, origin: 'load', by, trace: evaluation.trace }, cause);
    } else if (open.state === 'running') {
      const current = saveEpisode(draft, { ...open, mode: modeOf(rule), by: episodeValues(rule, facts) });
      moveEpisode(draft, rule, current, open.startedAt, cause, 'the rule was edited');
    }
  }
}
