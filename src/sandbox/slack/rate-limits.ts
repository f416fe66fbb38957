/**
 * Slack's rate limits on the sandbox's clock: posting one message a second for each channel with a small burst, every
 * other method a number of calls a minute for the workspace, by its tier.
 */
import type { Clock } from '../../domain/clock.ts';

export interface RateLimit {
  /** Calls that are allowed at once. */
  burst: number;
  /** One more call is allowed each so many milliseconds. */
  everyMs: number;
}

export type SlackLimits = Record<'post' | 'tier2' | 'tier3' | 'tier4', RateLimit>;

const perMinute = (calls: number): RateLimit => ({ burst: calls, everyMs: 60_000 / calls });

/** `chat.update` is tier 3: some fifty a minute for the whole workspace. */
export const SLACK_LIMITS: SlackLimits = {
  post: { burst: 3, everyMs: 1000 },
  tier2: perMinute(20),
  tier3: perMinute(50),
  tier4: perMinute(100),
};

export interface RateLimiter {
  /** 0 when the call is allowed (and counted), else the milliseconds until one would be. */
  take(key: string, limit: RateLimit): number;
}

export function createRateLimiter(clock: Clock): RateLimiter {
  /** Per key, the instant at which its bucket is full again. */
  const fullAt = new Map<string, number>();
  return {
    take: (key, { burst, everyMs }) => {
      const now = clock.now();
      const next = Math.max(fullAt.get(key) ?? 0, now) + everyMs;
      const waitMs = next - now - burst * everyMs;
      if (waitMs > 1e-6) return waitMs;
      fullAt.set(key, next);
      return 0;
    },
  };
}
