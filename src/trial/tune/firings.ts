import type { Decision, Outcome } from '../../domain/decision.ts';
import type { Episode } from '../../domain/episode.ts';
import { toLocalTime } from '../../engine/calendars/local-time.ts';
import type { Judged } from '../judging.ts';

/** How often one copy of a rule fired, or came to one step of its ladder. */
export interface Firings {
  fired: number;
  /** Different chats. */
  chats: number;
  /** By channel id; `''` where the chat has none. */
  byChannel: Record<string, number>;
  /** By hour of the day, 24 of them. */
  byHour: number[];
  /** What was due and not done, by why. */
  heldBack: Partial<Record<Outcome, number>>;
  /** Not fired by the end of the record, and may yet. */
  undecided: number;
}

export interface FiringTally {
  note(judged: readonly Judged[]): void;
  end(): Firings;
}

export interface FiringTallyOptions {
  /** Of the copy. */
  ruleId: string;
  /** 0: the firing itself. */
  step: number;
  /** What is before is not counted, epoch ms. */
  fromAt: () => number;
  zone: string;
}

const HELD_BACK: ReadonlySet<Outcome> = new Set(['closed', 'limited', 'excluded', 'expired']);
const HOUR_MS = 3_600_000;

export function createFiringTally({ ruleId, step, fromAt, zone }: FiringTallyOptions): FiringTally {
  const chats = new Set<string>();
  const byChannel = new Map<string, number>();
  const byHour = Array.from({ length: 24 }, () => 0);
  const heldBack = new Map<Outcome, number>();
  const open = new Map<string, Episode>();
  let fired = 0;

  /** What counts is when it is decided: that is when people hear of it. */
  function noteDecision(
    { outcome, decidedAt: at, subject }: Decision,
    channelId: string,
    episode: Episode | undefined,
  ): void {
    if (at < fromAt()) return;
    if (outcome === 'fired') {
      fired += 1;
      chats.add(subject);
      byChannel.set(channelId, (byChannel.get(channelId) ?? 0) + 1);
      const hour = Math.floor(toLocalTime(zone, at).timeMs / HOUR_MS);
      byHour[hour] = (byHour[hour] ?? 0) + 1;
    } else if (HELD_BACK.has(outcome) && (episode === undefined || isForgone(episode, step))) add(outcome);
  }

  function add(outcome: Outcome): void {
    heldBack.set(outcome, (heldBack.get(outcome) ?? 0) + 1);
  }

  return {
    note(judged) {
      for (const { effects, state } of judged) {
        const changed = effects.episodes.filter((episode) => episode.ruleId === ruleId);
        for (const episode of changed) {
          if (episode.endedAt === undefined) open.set(episode.id, episode);
          else {
            open.delete(episode.id);
            // It waited for a rule of `inhibitedBy` until its conditions ended.
            const { inhibitedSince, state, firedAt } = episode;
            if (step === 0 && inhibitedSince !== undefined && state === 'cancelled' && firedAt === undefined) {
              if (episode.endedAt >= fromAt()) add('inhibited');
            }
          }
        }
        for (const decision of effects.decisions) {
          if (decision.ruleId !== ruleId || decision.step !== step || decision.repeat !== undefined) continue;
          const episode = changed.find(({ id }) => id === decision.episodeId);
          noteDecision(decision, episode?.channelId ?? state.session?.channelId ?? '', episode);
        }
      }
    },
    end: () => ({
      fired,
      chats: chats.size,
      byChannel: Object.fromEntries(byChannel),
      byHour,
      heldBack: Object.fromEntries(heldBack),
      undecided: [...open.values()].filter((episode) => isUndecided(episode, step)).length,
    }),
  };
}

/** Not what waits for its calendar to open. */
function isForgone({ state, stepsDone }: Episode, step: number): boolean {
  return step === 0 ? state === 'cancelled' || state === 'expired' : stepsDone >= step;
}

function isUndecided({ state, stepsDone }: Episode, step: number): boolean {
  if (step === 0) return state === 'running';
  return state === 'running' || (state === 'fired' && stepsDone < step);
}
