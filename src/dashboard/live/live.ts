import type { Context } from 'hono';
import type { DashboardDeps } from '../deps.ts';
import type { View } from '../view.ts';
import { openEventStream } from './event-stream.ts';
import { createFeed, type Feed } from './feed.ts';
import type { LiveSource } from './live-source.ts';
import { DEFAULT_PACE } from './pace.ts';

/** The feeds of all live pages, made when somebody watches and dropped when nobody does. */
export interface Live {
  /** The answer to who wants to watch: a stream of server-sent events. `key` names the source: same key, same feed. */
  respond<Value>(c: Context, view: View, key: string, source: LiveSource<Value>): Response;
}

export function createLive({ hub, clock, pace = DEFAULT_PACE }: Pick<DashboardDeps, 'hub' | 'clock' | 'pace'>): Live {
  const feeds = new Map<string, Feed>();
  return {
    respond(c, view, key, source) {
      let feed = feeds.get(key);
      if (feed === undefined) {
        feed = createFeed(source, { hub, clock, pace, onIdle: () => feeds.delete(key) });
        feeds.set(key, feed);
      }
      const stream = openEventStream(feed, view, { clock, pace, signal: c.req.raw.signal });
      return c.body(stream, 200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        // nginx collects answers before it passes them on, unless it is told not to.
        'x-accel-buffering': 'no',
      });
    },
  };
}
