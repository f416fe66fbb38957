import type { Clock } from '../../domain/clock.ts';
import type { View } from '../view.ts';
import type { Feed } from './feed.ts';
import { toBeat } from './messages.ts';
import type { LivePace } from './pace.ts';

/**
 * One viewer's stream: a beat, the whole page, then what changes, until the viewer leaves (`signal`, or the stream is
 * cancelled) or the stream has lived its time. A viewer who reads slowly gets what is true when they are ready, not
 * everything in between: at most one message waits.
 */
export function openEventStream(
  feed: Feed,
  view: View,
  deps: { clock: Clock; pace: LivePace; signal: AbortSignal },
): ReadableStream<Uint8Array> {
  const { clock, pace, signal } = deps;
  const ended = new AbortController();
  let waiting: (() => Uint8Array) | undefined;
  let leave = () => {};

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const close = () => {
          if (ended.signal.aborted) return;
          ended.abort();
          leave();
          signal.removeEventListener('abort', close);
          controller.close();
        };
        if (signal.aborted) return close();
        signal.addEventListener('abort', close);
        const send = (message: Uint8Array, whole: () => Uint8Array) => {
          if (ended.signal.aborted) return;
          if (waiting === undefined && (controller.desiredSize ?? 0) > 0) controller.enqueue(message);
          else waiting = whole;
        };
        controller.enqueue(toBeat(clock.now()));
        leave = feed.join(view, { push: send });
        void (async () => {
          const endsAt = pace.wall.now() + pace.maxLifeMs;
          while (!ended.signal.aborted && pace.wall.now() < endsAt) {
            await pace.wall.sleep(Math.min(pace.heartbeatMs, endsAt - pace.wall.now()), ended.signal);
            // A beat for a viewer who is behind would only tell a time that is over when it is read.
            if (!ended.signal.aborted && (controller.desiredSize ?? 0) > 0) controller.enqueue(toBeat(clock.now()));
          }
          close();
        })();
      },
      pull(controller) {
        if (waiting === undefined) return;
        const message = waiting();
        waiting = undefined;
        controller.enqueue(message);
      },
      cancel() {
        if (ended.signal.aborted) return;
        ended.abort();
        leave();
      },
    },
    { highWaterMark: 2 },
  );
}
