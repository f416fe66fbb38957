import type { Episode } from '../domain/episode.ts';
import type { DeskEvent } from '../domain/event.ts';
import type { Transition } from '../domain/session.ts';
import type { StoredEvent } from '../engine/subject-state.ts';

/** The events that wait for a calendar to open, each for as long as an episode waits with it. */
export interface WaitingEvents {
  find(eventKey: string): StoredEvent | undefined;
  /** Takes note of episodes as they are now; those that begin to wait do so with one of these events. */
  note(episodes: readonly Episode[], events: readonly DeskEvent[], transitions: readonly Transition[]): void;
}

export function createWaitingEvents(): WaitingEvents {
  const waiting = new Map<string, StoredEvent & { episodeIds: Set<string> }>();

  function begin(eventKey: string, events: readonly DeskEvent[], transitions: readonly Transition[]) {
    const event = events.find(({ key }) => key === eventKey);
    if (event === undefined) return undefined;
    const transition = transitions.find((one) => one.eventKey === eventKey);
    const stored = { event, ...(transition && { transition }), episodeIds: new Set<string>() };
    waiting.set(eventKey, stored);
    return stored;
  }

  return {
    find: (eventKey) => waiting.get(eventKey),
    note(episodes, events, transitions) {
      for (const { id, kind, state, eventKey, endedAt } of episodes) {
        if (kind !== 'event' || eventKey === undefined) continue;
        const stored = waiting.get(eventKey);
        if (state === 'running' && endedAt === undefined) {
          (stored ?? begin(eventKey, events, transitions))?.episodeIds.add(id);
        } else if (stored?.episodeIds.delete(id) === true && stored.episodeIds.size === 0) {
          waiting.delete(eventKey);
        }
      }
    },
  };
}
