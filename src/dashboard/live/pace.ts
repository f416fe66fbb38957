import { type Clock, systemClock } from '../../domain/clock.ts';

/** How the live stream keeps time. It runs by the wall clock, also where the service's own clock runs faster. */
export interface LivePace {
  wall: Clock;
  /** Between two pushes of one feed: what changes within it is pushed together. */
  minIntervalMs: number;
  /** A feed with viewers is read anew after this even if nobody told of a change: another process may have made one. */
  idleMs: number;
  /** Between two heartbeats, which keep proxies from closing the stream and the viewer's clock in step. */
  heartbeatMs: number;
  /** A stream ends after this and is opened again: platforms cut long ones, and a login may have ended. */
  maxLifeMs: number;
}

export const DEFAULT_PACE: LivePace = {
  wall: systemClock,
  minIntervalMs: 500,
  idleMs: 5_000,
  heartbeatMs: 10_000,
  maxLifeMs: 300_000,
};
