import { formatSubject, parseSubject } from '../domain/desk-subject.ts';
import type { Episode } from '../domain/episode.ts';
import { formatSchedule, type Schedule } from '../domain/rule.ts';
import type { CompiledRuleset } from '../engine/compile.ts';
import type { Tick } from '../engine/judge-tick.ts';
import { lastMoment, nextMoment } from '../engine/schedules/next-moment.ts';

/** When the schedule rules of a trial tick, and for whom: for every channel and every agent that it has seen. */
export interface Ticking {
  /** Epoch ms; undefined when no rule has a schedule. */
  nextAt(): number | undefined;
  /** The ticks at `now`, by subject; however many were missed, each rule is judged once, at the last of them. */
  take(now: number, seen: Seen): Map<string, Tick[]>;
  /** Rules that came into force at `now`: what is new or ticks at other times begins at its next moment. */
  meet(ruleset: CompiledRuleset, now: number): void;
}

export interface Seen {
  channelIds: Iterable<string>;
  /** Agents who have an open chat, or whose last one began since then (epoch ms). */
  agentIds: (since: number) => Iterable<string>;
  /** The open ones: what a rule has begun for somebody it sees to the end. */
  episodes: readonly Episode[];
}

/** An agent is looked at for so long after the beginning of their last chat, as in services/tick-schedules.ts. */
const AGENT_AFTER_MS = 7 * 86_400_000;

export function createTicking(first: CompiledRuleset, start: number): Ticking {
  let ruleset = first;
  let next = new Map<string, { every: Schedule; at: number | undefined }>();

  function meet(rules: CompiledRuleset, now: number): void {
    const before = next;
    next = new Map();
    ruleset = rules;
    for (const { id, trigger } of rules.active.values()) {
      if (trigger.kind !== 'schedule') continue;
      const { every } = trigger;
      const known = before.get(id);
      const same = known !== undefined && formatSchedule(known.every) === formatSchedule(every);
      next.set(id, same ? known : { every, at: nextMoment(every, now) });
    }
  }

  meet(first, start);
  function nextAt(): number | undefined {
    let earliest: number | undefined;
    for (const { at } of next.values()) {
      if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
    }
    return earliest;
  }

  return {
    meet,
    nextAt,
    take(now, { channelIds, agentIds, episodes }) {
      if ((nextAt() ?? Number.POSITIVE_INFINITY) > now) return new Map();
      // In the order of their ids, as the service judges them.
      const channels = [...new Set([...ruleset.directory.channels.keys(), ...channelIds])].sort();
      const agents = [...agentIds(now - AGENT_AFTER_MS)].sort();
      const subjects = {
        desk: [formatSubject({ kind: 'desk' })],
        channel: channels.map((id) => formatSubject({ kind: 'channel', id })),
        agent: agents.map((id) => formatSubject({ kind: 'agent', id })),
      };
      const ticks = new Map<string, Tick[]>();
      for (const [ruleId, due] of next) {
        if (due.at === undefined || due.at > now) continue;
        const kind = ruleset.reads.get(ruleId)?.subject ?? 'desk';
        const lasting = episodes.flatMap((episode) => (episode.ruleId === ruleId ? episode.subject : []));
        const at = lastMoment(due.every, now) ?? due.at;
        for (const subject of new Set([...subjects[kind], ...lasting])) {
          if (parseSubject(subject)?.kind !== kind) continue;
          ticks.set(subject, [...(ticks.get(subject) ?? []), { ruleId, at }]);
        }
        next.set(ruleId, { ...due, at: nextMoment(due.every, now) });
      }
      return ticks;
    },
  };
}
