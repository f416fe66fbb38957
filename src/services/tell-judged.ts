import { findName } from '../domain/directory.ts';
import type { Directory } from '../domain/rule.ts';
import { REASSIGNMENTS_WINDOW_MS } from '../engine/guard-reassignments.ts';
import type { JudgedNotice } from '../engine/subject-state.ts';
import type { Db } from '../store/database.ts';
import { type ChatAssignment, loadChatAssignments } from '../store/own-changes.ts';
import type { JudgedSubject } from './judge-subjects.ts';
import { type Notice, type TellOwnerDeps, tellOwner } from './tell-owner.ts';

export interface TellJudgedOptions extends TellOwnerDeps {
  directory: Directory;
  now: number;
  /** Of the board, without a slash at the end. */
  publicUrl: string | undefined;
}

/** Tells people what judging found that no rule can see to. @returns how many jobs were queued */
export async function tellJudged(
  tx: Db,
  judged: readonly JudgedSubject[],
  options: TellJudgedOptions,
): Promise<number> {
  const told = judged.filter(({ effects }) => effects.notices.length > 0);
  if (told.length === 0 || options.ownerChannel === undefined) return 0;
  const notices: Notice[] = [];
  for (const [orgId, subjects] of Map.groupBy(told, ({ key }) => key.orgId)) {
    const ids = subjects.flatMap(({ effects }) => effects.notices.map(({ sessionId }) => sessionId));
    const assignments = await loadChatAssignments(tx, orgId, ids, options.now - REASSIGNMENTS_WINDOW_MS);
    for (const subject of subjects) {
      for (const notice of subject.effects.notices) {
        const own = assignments.filter(({ sessionId }) => sessionId === notice.sessionId);
        notices.push(toNotice(subject, notice, own, options));
      }
    }
  }
  return tellOwner(options, tx, notices);
}

/** One for a chat and hour: until people have seen to it, nothing new is to be said. */
function toNotice(
  { key, state }: JudgedSubject,
  { sessionId, ruleId, times, at }: JudgedNotice,
  assignments: readonly ChatAssignment[],
  { directory, now, publicUrl }: TellJudgedOptions,
): Notice {
  const nameOf = (id: string) => findName(directory, id) ?? id;
  const channelId = state.session?.channelId;
  const where = channelId === undefined ? '' : ` on ${nameOf(channelId)}`;
  const agents = unique(assignments.flatMap(({ previousAgentId, agentId }) => [previousAgentId ?? [], agentId].flat()));
  const rules = unique([...assignments.map((one) => one.ruleId), ruleId]);
  const often = times === 1 ? 'once' : `${times} times`;
  const text = [
    `Chat ${sessionId}${where} is passed around: rules have reassigned it ${often} within the hour, and now leave it where it is.`,
    agents.length === 0 ? '' : `It was with ${agents.map(nameOf).join(', ')}.`,
    `Rules: ${rules.join(', ')}.`,
    'See to it by hand: talk to who has it, or give it to somebody who can answer now. If this comes often, give these rules a limit, or one exclusive group.',
    publicUrl === undefined ? '' : `${publicUrl}/sessions/${encodeURIComponent(sessionId)}`,
  ];
  return {
    orgId: key.orgId,
    key: `reassignments/${sessionId}/${Math.floor(at / REASSIGNMENTS_WINDOW_MS)}`,
    sessionId,
    text: text.filter((part) => part !== '').join('\n'),
    now,
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
