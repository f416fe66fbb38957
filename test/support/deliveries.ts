import type { ActionType, Delivery } from '../../src/domain/action.ts';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import type { JsonObject } from '../../src/domain/json.ts';

/** A delivery as services/deliver hands it to a destination. */
export function delivery(type: ActionType, params: JsonObject, overrides: Partial<Delivery> = {}): Delivery {
  return {
    orgId: '106553778',
    actionId: '0b9a5f0e-1111-8222-9333-444455556666',
    ruleId: 'on-hold-too-long',
    subject: 'session:s1',
    sessionId: 's1',
    type,
    params,
    onUncertain: 'repeat',
    attempt: 1,
    mayHaveHappened: false,
    expiresAt: Number.MAX_SAFE_INTEGER,
    episodeOver: false,
    ...overrides,
  };
}

/** Stands still until somebody sleeps: then it jumps to the end of that sleep. */
export function impatientClock(at: number): ManualClock {
  const clock = createManualClock(at);
  return { ...clock, sleep: async (ms) => clock.advance(ms) };
}

export const never = new AbortController().signal;
