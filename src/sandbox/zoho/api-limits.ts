/**
 * Zoho Desk's limits: how many calls may run at once, and how many credits a day has. Both answer 429, with another
 * error code and only one of them with `Retry-After`.
 */
import type { MiddlewareHandler } from 'hono';
import type { Clock } from '../../domain/clock.ts';
import { type StandInEnv, sendAnswer } from '../http/stand-in-app.ts';
import { ZohoRefusal, zohoErrors } from './refusals.ts';

export interface ApiLimits {
  /** Calls at once; Professional, the first edition with webhooks, allows 15. */
  concurrency: number;
  /** Credits a day (UTC). */
  dailyCredits: number;
  /** How long each call takes, clock time; default none. Only then can calls meet each other. */
  latencyMs: number;
}

export const PROFESSIONAL_LIMITS: ApiLimits = { concurrency: 15, dailyCredits: 75_000, latencyMs: 0 };

const DAY_MS = 86_400_000;
const LISTS = /\/api\/v1\/(im\/(sessions|channels|bots)|departments|agents|agentAvailability|onlineAgents)$/;

/** Credits of a call: 3 for a list, 1 by id. */
export function creditsOf(path: string): number {
  return LISTS.test(path) || path.endsWith('/tickets') ? 3 : 1;
}

export function limitCalls(clock: Clock, limits: ApiLimits): MiddlewareHandler<StandInEnv> {
  let running = 0;
  let day = -1;
  let spent = 0;
  return async (c, next) => {
    if (running >= limits.concurrency) return sendAnswer(c, zohoErrors.tooManyRequests());
    running += 1;
    try {
      const now = clock.now();
      const today = Math.floor(now / DAY_MS);
      if (today !== day) [day, spent] = [today, 0];
      const weight = creditsOf(c.req.path);
      if (spent + weight > limits.dailyCredits) {
        throw new ZohoRefusal(zohoErrors.thresholdExceeded(Math.ceil(((today + 1) * DAY_MS - now) / 1000)));
      }
      spent += weight;
      if (limits.latencyMs > 0) await clock.sleep(limits.latencyMs, c.req.raw.signal);
      await next();
      c.header('X-Rate-Limit-Request-Weight-v3', String(weight));
      c.header('X-Rate-Limit-Remaining-v3', String(limits.dailyCredits - spent));
      return undefined;
    } finally {
      running -= 1;
    }
  };
}
