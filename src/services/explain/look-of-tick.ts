import { formatSubject } from '../../domain/desk-subject.ts';
import type { Rule, Schedule } from '../../domain/rule.ts';
import type { Session } from '../../domain/session.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import { aboutOf } from '../../engine/computed/about.ts';
import { lastMoment } from '../../engine/schedules/next-moment.ts';
import type { StoredDecision } from '../../store/read/session-history.ts';
import type { ReplayedLook, ReplayWorld } from './replay-session.ts';

/**
 * A schedule rule is judged for the desk, a channel or an agent: what it looked at last for those of a chat. What the desk
 * was like then is nowhere kept but in the decision; of a tick at which the conditions did not hold there is none.
 */
export interface TickLook {
  look: ReplayedLook;
  subject: string;
  /** Decisions at earlier ticks, oldest first. */
  earlier: readonly StoredDecision[];
}

export async function lookOfTick(
  world: ReplayWorld,
  { rule, every, ruleset }: { rule: Rule; every: Schedule; ruleset: CompiledRuleset },
  last: ReplayedLook,
  at: number,
): Promise<TickLook> {
  const subject = subjectOf(ruleset, rule, last.after.session);
  const decisions = await world.ticksUntil(rule.id, subject, at);
  const tickedAt = lastMoment(every, at) ?? at;
  const recorded = decisions.filter((one) => one.at === tickedAt);
  const { orgId } = world;
  const state = { orgId, subject, episodes: [] };
  const now = recorded[0]?.decidedAt ?? tickedAt;
  const effects = { ...last.effects, decisions: [...recorded], episodes: [], transitions: [], messages: [] };
  return {
    look: {
      ...last,
      ruleset,
      look: { kind: 'tick', at: tickedAt },
      now,
      before: state,
      after: state,
      effects,
      recorded,
      known: { ...last.known, computed: new Map() },
      limitedBy: { id: recorded[0]?.id ?? Number.MAX_SAFE_INTEGER, at: now, momentAt: tickedAt },
    },
    subject,
    earlier: decisions.filter((one) => one.at !== tickedAt),
  };
}

function subjectOf({ reads }: CompiledRuleset, { id }: Rule, session: Session | undefined): string {
  const kind = reads.get(id)?.subject ?? 'desk';
  const { channelId, agentId } = session === undefined ? {} : aboutOf({ subject: session.id, session });
  if (kind === 'channel' && channelId !== undefined) return formatSubject({ kind, id: channelId });
  if (kind === 'agent' && agentId !== undefined) return formatSubject({ kind, id: agentId });
  return formatSubject({ kind: 'desk' });
}
