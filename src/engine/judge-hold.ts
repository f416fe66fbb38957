import type { Rule } from '../domain/rule.ts';
import type { Session } from '../domain/session.ts';
import { comeBack, leave, withhold } from './absence.ts';
import { type Cause, type Draft, findOpenHold, openEpisodes, recordDecision, stateFacts } from './draft.ts';
import { endEpisode } from './end-episode.ts';
import { armEpisode, episodeValues, type Start, sameValues } from './episodes.ts';
import type { Facts } from './facts.ts';
import type { History } from './fold-session.ts';
import { findStretch, isBrokenBy, isFirstSight, moveByHistory } from './hold-history.ts';
import { judgeConditions } from './unknown-values.ts';

/** What an event has changed, as far as holds go. */
export interface HoldChange {
  cause: Cause;
  /** Only when the place of the event among the others matters. */
  history?: History | undefined;
  /** The chat as it was just before the event, where the event tells that it was not as we knew it. */
  unseen?: Session | undefined;
  /** The status that we knew then. */
  known?: string | undefined;
}

/** Judges every hold rule that can match now or has an open episode here. */
export function judgeHolds(draft: Draft, change: HoldChange): void {
  const facts = stateFacts(draft, change.cause.at);
  const rules = new Set(draft.ruleset.holdRules.select(facts));
  for (const episode of openEpisodes(draft)) {
    const rule = draft.ruleset.active.get(episode.ruleId);
    if (episode.kind === 'hold' && rule !== undefined) rules.add(rule);
  }
  for (const rule of rules) judgeHold(draft, rule, facts, change);
}

function judgeHold(draft: Draft, rule: Rule, facts: Facts, change: HoldChange): void {
  const { cause, history } = change;
  const evaluation = judgeConditions(draft, rule, facts, cause.at);
  if (!evaluation.ok) {
    recordDecision(draft, rule, cause, 'error', evaluation.reason);
    return;
  }
  // Its trace is made only where something comes of it.
  const { result: holds } = evaluation;
  const by = episodeValues(rule, facts);
  const open = findOpenHold(draft, rule.id);
  if (evaluation.withheld !== undefined) {
    withhold(draft, rule, open, cause, { withheld: evaluation.withheld, trace: evaluation.trace });
    return;
  }
  if (open !== undefined) {
    const changed = !sameValues(open.by, by);
    if (!holds && (!changed || rule.keepForMs === 0)) {
      const absent = leave(draft, open, rule, cause, evaluation.trace);
      if (absent !== undefined && history !== undefined) moveByHistory(draft, rule, absent, history, cause);
      return;
    }
    const reason = changed ? `${rule.episodeBy.join(', ')} changed` : findBreak(draft, rule, change);
    if (reason === undefined) {
      const present = comeBack(draft, open, rule, cause);
      if (history !== undefined) moveByHistory(draft, rule, present, history, cause);
      return;
    }
    endEpisode(draft, open, rule, cause, { reason, trace: evaluation.trace });
  }
  if (!holds) return;
  const since = history === undefined ? undefined : findStretch(draft, rule, by, history);
  const start: Start = {
    at: since?.at ?? cause.at,
    approximate: since?.approximate ?? isFirstSight(draft.session),
    origin: cause.event?.key ?? 'load',
    by,
    trace: evaluation.trace,
    notBefore: since?.heldSince,
  };
  armEpisode(draft, rule, start, cause);
}

/** Why the stretch was broken by something that no event told of; undefined when it was not. `keepFor` forgives it. */
function findBreak(draft: Draft, rule: Rule, { cause, unseen, known }: HoldChange): string | undefined {
  if (unseen === undefined || rule.keepForMs > 0) return undefined;
  if (!isBrokenBy(draft, rule, unseen, cause.at)) return undefined;
  return `the chat came from ${unseen.status}, where it was known to be ${known}: the conditions of ${rule.id} were broken in between`;
}
