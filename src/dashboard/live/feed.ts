import { getLogger } from '@logtape/logtape';
import type { Clock } from '../../domain/clock.ts';
import { errorText } from '../../domain/errors.ts';
import type { LiveHub } from '../deps.ts';
import type { View } from '../view.ts';
import type { LiveFragment, LiveSource } from './live-source.ts';
import { faultMessage, toFragmentMessage } from './messages.ts';
import type { LivePace } from './pace.ts';

/**
 * One live thing and all who watch it. While somebody does, it is read once per change (many changes within half a
 * second are one), whoever watches; rendered once per language and zone; and only what differs is pushed. Without
 * viewers nothing runs.
 */
export interface Feed {
  /** The viewer gets everything at once, or as soon as it is read. @returns how to leave */
  join(view: View, viewer: Viewer): () => void;
}

export interface Viewer {
  /** `changes` is what differs since the message before; `whole` makes the full message for who missed one. */
  push(changes: Uint8Array, whole: () => Uint8Array): void;
}

export interface FeedDeps {
  hub: LiveHub;
  clock: Clock;
  pace: LivePace;
  /** The last viewer left. */
  onIdle(): void;
}

/** After a failed read, before the next. */
const RETRY_MS = 2_000;

const log = getLogger(['vigia', 'dashboard']);

export function createFeed<Value>(source: LiveSource<Value>, { hub, clock, pace, onIdle }: FeedDeps): Feed {
  const viewers = new Map<Viewer, View>();
  let reading: Reading | undefined;
  let failing = false;
  let dirty = true;
  let running = false;
  let wake = () => {};

  async function run(): Promise<void> {
    running = true;
    const stopListening = hub.subscribe(() => {
      dirty = true;
      wake();
    });
    while (viewers.size > 0) {
      if (!dirty) await sleepUntilWoken(pace.idleMs);
      if (viewers.size === 0) break;
      dirty = false;
      await pace.wall.sleep((await refresh()) ? pace.minIntervalMs : RETRY_MS);
    }
    stopListening();
    running = false;
    reading = undefined;
    failing = false;
    dirty = true;
    onIdle();
  }

  async function sleepUntilWoken(ms: number): Promise<void> {
    const alarm = new AbortController();
    wake = () => alarm.abort();
    await pace.wall.sleep(ms, alarm.signal);
  }

  /** @returns whether it could be read */
  async function refresh(): Promise<boolean> {
    try {
      const fragments = source.fragments(await source.read());
      const next = createReading(fragments, clock.now(), reading);
      // After a fault everybody gets everything: it takes the fault off their pages, and some may have missed a change.
      const isWhole = reading === undefined || failing;
      failing = false;
      reading = next;
      if (isWhole) for (const [viewer, view] of viewers) viewer.push(next.whole(view), () => next.whole(view));
      else if (next.changed.length > 0)
        for (const [viewer, view] of viewers) viewer.push(next.changes(view), () => next.whole(view));
      return true;
    } catch (error) {
      if (!failing) log.error('the live pages cannot be read: {error}', { error: errorText(error) });
      failing = true;
      dirty = true;
      for (const viewer of viewers.keys()) viewer.push(faultMessage, () => faultMessage);
      return false;
    }
  }

  return {
    join(view, viewer) {
      viewers.set(viewer, view);
      const present = reading;
      if (present !== undefined) viewer.push(present.whole(view), () => present.whole(view));
      if (failing) viewer.push(faultMessage, () => faultMessage);
      if (!running) void run();
      return () => {
        viewers.delete(viewer);
        if (viewers.size === 0) wake();
      };
    },
  };
}

/** The fragments of one moment, rendered when somebody needs them. */
interface Reading {
  marks: ReadonlyMap<string, string>;
  changed: readonly LiveFragment[];
  whole(view: View): Uint8Array;
  changes(view: View): Uint8Array;
}

function createReading(fragments: readonly LiveFragment[], now: number, before: Reading | undefined): Reading {
  const marks = new Map(fragments.map(({ id, data }) => [id, JSON.stringify(data)]));
  const changed = fragments.filter(({ id }) => before?.marks.get(id) !== marks.get(id));
  const messages = (some: readonly LiveFragment[]) => {
    const made = new Map<View, Uint8Array>();
    return (view: View) => {
      const known = made.get(view);
      if (known !== undefined) return known;
      const message = toFragmentMessage(some, { view, words: view.words, now });
      made.set(view, message);
      return message;
    };
  };
  return { marks, changed, whole: messages(fragments), changes: messages(changed) };
}
