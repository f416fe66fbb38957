import type { FaultInput, Faults } from '../src/sandbox/http/faults.ts';
import type { Random } from '../src/sandbox/random.ts';
import type { Accounts } from '../src/sandbox/zoho/oauth.ts';

/** The systems around the service, as far as faults can be played on them. */
export interface Victims {
  slack: Faults;
  zoho: Faults;
  accounts: Accounts;
  receiver: Faults;
}

const CALL = '/api/*';
const SESSIONS = '/api/v1/im/sessions/*';

/**
 * Faults that everything has to get over: each is transient, and none can make an action end otherwise than delivered.
 * So comments are only refused with 429: of a 5xx or a lost answer nobody knows whether the comment is there, and it is left.
 */
const SLACK: FaultInput[] = [
  { fault: 'ratelimited', retryAfterSeconds: 3 },
  { fault: 'internal_error', times: 2 },
  { fault: 'http_500' },
  { fault: 'http_503', times: 2 },
  { fault: 'timeout_before', path: '/api/chat.*' },
  { fault: 'timeout_after', path: '/api/chat.*' },
  { fault: 'reset', path: '/api/chat.*' },
  { fault: 'delay', delayMs: 2_000, times: 3 },
];
const ZOHO: FaultInput[] = [
  { fault: 'too_many_requests', path: CALL, times: 3 },
  { fault: 'threshold_exceeded', path: CALL, retryAfterSeconds: 3 },
  { fault: 'internal_error', path: SESSIONS, times: 2 },
  { fault: 'unavailable', path: SESSIONS, times: 2 },
  { fault: 'bad_gateway', path: SESSIONS, method: 'GET' },
  { fault: 'timeout_before', path: SESSIONS },
  { fault: 'timeout_after', path: SESSIONS, method: 'PATCH' },
  { fault: 'reset', path: SESSIONS },
];
const RECEIVER: FaultInput[] = [
  { fault: 'respond', path: '/ended', status: 500, times: 5 },
  { fault: 'too_many_requests', path: '/ended', times: 5, retryAfterSeconds: 2 },
  { fault: 'timeout_before', path: '/ended' },
  { fault: 'reset', path: '/ended', times: 2 },
];

/** How often a fault of its kind is played, ms. */
const EVERY_MS = { slack: 7_000, zoho: 5_000, receiver: 3_000, token: 150_000 };

export interface FaultPlan {
  /** Sets what has come due since; call it every second or so. */
  play(now: number): void;
  readonly counts: Record<string, number>;
}

export function createFaultPlan(victims: Victims, random: Random, startAt: number): FaultPlan {
  const counts: Record<string, number> = {};
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const from = (name: 'slack' | 'zoho' | 'receiver', inputs: readonly FaultInput[]) => () => {
    const input = random.pick(inputs);
    victims[name].add(input);
    count(`${name} ${input.fault}`);
  };
  const series = [
    { everyMs: EVERY_MS.slack, next: startAt + 2_000, play: from('slack', SLACK) },
    { everyMs: EVERY_MS.zoho, next: startAt + 3_000, play: from('zoho', ZOHO) },
    { everyMs: EVERY_MS.receiver, next: startAt + 1_000, play: from('receiver', RECEIVER) },
    {
      // Zoho gives ten tokens in ten minutes, and Vigia takes five of them for tokens that were refused.
      everyMs: EVERY_MS.token,
      next: startAt + 10_000,
      play: () => {
        victims.accounts.revokeTokens();
        count('zoho token revoked');
      },
    },
  ];
  return {
    play(now) {
      for (const one of series) {
        if (now < one.next) continue;
        one.next = now + one.everyMs;
        one.play();
      }
    },
    counts,
  };
}
