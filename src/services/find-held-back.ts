import type { Action } from '../domain/action.ts';
import type { HeldBack, Silence } from '../domain/mute.ts';
import type { Directory } from '../domain/rule.ts';
import { aboutOf } from '../engine/computed/about.ts';
import { findSilence, isSaid, toSilenced } from '../engine/silences.ts';

/** The silence that holds an action back at `at`, judged by what the action itself knows of its chat. */
export function findHeldBack(
  action: Pick<Action, 'ruleId' | 'subject' | 'sessionId' | 'channelId' | 'episodeId' | 'expected' | 'spec'>,
  silences: readonly Silence[],
  directory: Directory,
  at: number,
): HeldBack | undefined {
  const { ruleId, subject, sessionId, channelId, expected, spec } = action;
  if (silences.length === 0 || !isSaid(spec)) return undefined;
  // What a schedule rule says about a channel or an agent knows it by its subject.
  const about = sessionId === undefined ? aboutOf({ subject, session: undefined }) : {};
  const found = findSilence(
    silences,
    {
      ruleId,
      sessionId,
      channelId: channelId ?? about.channelId,
      assigneeId: expected?.assigneeId ?? about.assigneeId,
    },
    directory,
    at,
  );
  return found === undefined ? undefined : toSilenced(found, action);
}
