import type { Calendar } from '../../domain/calendar.ts';
import type { Episode } from '../../domain/episode.ts';
import type { Rule } from '../../domain/rule.ts';
import type { Judged } from '../judging.ts';

/** One stretch during which a rule's conditions held for a chat, as long as nothing was done about it. */
export interface Hold {
  sessionId: string;
  /** Epoch ms. */
  startedAt: number;
  /** The chat was first seen already in this state: it began at some time before. */
  approximate: boolean;
  /** When its conditions ceased to hold; of one that was still running, the end of the record. Epoch ms. */
  untilAt: number;
  /** In the rule's own clock, ms. */
  lastedMs: number;
  /** It had not ended by the end of the record: it lasted at least so long. */
  running: boolean;
  /** It was running, and its conditions held at the very end. */
  standing: boolean;
  channelId?: string;
  /** Of the chat when the hold began. */
  assigneeId?: string;
  /** The chat's status when it ended. */
  endedIn?: string;
}

export interface HoldTimes {
  note(judged: readonly Judged[]): void;
  /** All holds, those included that are still running at `endAt`. */
  end(endAt: number): Hold[];
}

interface Running {
  episode: Episode;
  assigneeId: string | undefined;
}

/** @param ruleId of a copy that never fires @param calendar the one its clock runs by; absent: a clock on the wall */
export function createHoldTimes(
  ruleId: string,
  { keepForMs }: Pick<Rule, 'keepForMs'>,
  calendar?: Calendar,
): HoldTimes {
  const running = new Map<string, Running>();
  const holds: Hold[] = [];

  function toHold({ episode, assigneeId }: Running, untilAt: number): Hold {
    const { sessionId, subject, startedAt, approximate, channelId } = episode;
    const lastedMs = Math.max(0, calendar?.openTimeBetween(startedAt, untilAt) ?? untilAt - startedAt);
    return {
      sessionId: sessionId ?? subject,
      startedAt,
      approximate,
      untilAt,
      lastedMs,
      running: false,
      standing: false,
      ...(channelId === undefined ? {} : { channelId }),
      ...(assigneeId === undefined ? {} : { assigneeId }),
    };
  }

  return {
    note(judged) {
      for (const { effects, state } of judged) {
        for (const episode of effects.episodes) {
          if (episode.ruleId !== ruleId) continue;
          const known = running.get(episode.id);
          const one = { episode, assigneeId: known === undefined ? state.session?.assigneeId : known.assigneeId };
          if (episode.endedAt === undefined) {
            running.set(episode.id, one);
            continue;
          }
          running.delete(episode.id);
          // It ceased when its conditions became false for good, not when that was certain.
          const ceasedAt =
            episode.endedBy === 'kept' ? episode.endedAt - keepForMs : (known?.episode.falseSince ?? episode.endedAt);
          const status = state.session?.status;
          holds.push({ ...toHold(one, ceasedAt), ...(status === undefined ? {} : { endedIn: status }) });
        }
      }
    },
    end(endAt) {
      const left = [...running.values()].map((one) => {
        const { falseSince } = one.episode;
        return { ...toHold(one, falseSince ?? endAt), running: true, standing: falseSince === undefined };
      });
      return [...holds, ...left];
    },
  };
}
