/**
 * Sends webhooks as Zoho Desk does: success is exactly 200, an answer later than five seconds is none, 410 deletes the
 * subscription, and a delivery that failed is sent again, signed anew (how often and when is undocumented; three more
 * times is assumed). The first attempts for one chat go out in order; a repeated one comes when it comes.
 */
import type { Clock } from '../../domain/clock.ts';
import { createSemaphore } from '../../domain/semaphore.ts';
import { WEBHOOK_JWT_HEADER } from './sign-webhook.ts';
import type { WebhookEvent } from './webhook-event.ts';

export interface WebhookSenderOptions {
  clock: Clock;
  url: string;
  /** The token of a delivery sent at `now`. */
  sign: (now: number) => Promise<string>;
  /** How long an answer may take, in real time whatever the clock's speed; default five seconds. */
  timeoutMs?: number;
  /** Waits before each further attempt, clock time. */
  retryDelaysMs?: readonly number[];
  /** Hears of every attempt. */
  onAttempt?: (attempt: WebhookAttempt) => void;
}

export interface WebhookAttempt {
  events: readonly WebhookEvent[];
  /** 1 for the first. */
  attempt: number;
  /** The status, or why there was none. */
  result: number | 'timeout' | 'unreachable';
}

export interface WebhookCounts {
  /** Deliveries answered with 200. */
  delivered: number;
  /** Attempts that failed and were or will be repeated. */
  failedAttempts: number;
  /** Deliveries given up after the last attempt, or dropped because the subscription is gone. */
  lost: number;
}

export interface WebhookSender {
  /** False once a 410 has deleted the subscription. */
  readonly subscribed: boolean;
  readonly counts: Readonly<WebhookCounts>;
  /** Zoho's check of a new address: GET wants 200, failing that a POST; both unsigned. */
  verify(): Promise<boolean>;
  /** Queues one delivery: the array of one request. */
  send(events: readonly WebhookEvent[]): void;
  /** Resolves when nothing is under way or waiting to be repeated. */
  idle(): Promise<void>;
  /** Gives up what is under way and waits until it has ended. */
  stop(): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const RETRY_DELAYS_MS = [10_000, 60_000, 300_000];
/**
 * Connections at once. A receiver that falls behind is waited for: without a bound, a fast clock would repeat what is late
 * until the machine has no sockets left.
 */
const MAX_CONNECTIONS = 64;

export function createWebhookSender(options: WebhookSenderOptions): WebhookSender {
  const { clock, url, timeoutMs = TIMEOUT_MS, retryDelaysMs = RETRY_DELAYS_MS } = options;
  const counts: WebhookCounts = { delivered: 0, failedAttempts: 0, lost: 0 };
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();
  /** Per chat, the end of the newest first attempt: the next one waits for it. */
  const lanes = new Map<string, Promise<void>>();
  let subscribed = true;

  const turn = createSemaphore(MAX_CONNECTIONS);
  const request = async (init: RequestInit): Promise<WebhookAttempt['result']> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([timeout, stopped.signal]);
    try {
      const response = await fetch(url, { redirect: 'manual', ...init, signal });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return timeout.aborted ? 'timeout' : 'unreachable';
    }
  };

  /** Whether the delivery is over, for good or for ill. */
  const attemptOnce = async (events: readonly WebhookEvent[], attempt: number): Promise<boolean> => {
    const result = await turn(async () => {
      const token = await options.sign(clock.now());
      const headers = { 'content-type': 'application/json', [WEBHOOK_JWT_HEADER]: token };
      return request({ method: 'POST', headers, body: JSON.stringify(events) });
    });
    if (stopped.signal.aborted && typeof result !== 'number') return true;
    options.onAttempt?.({ events, attempt, result });
    if (result === 200) counts.delivered += 1;
    else if (result === 410) subscribed = false;
    else counts.failedAttempts += 1;
    if (result === 410) counts.lost += 1;
    return result === 200 || result === 410;
  };

  const repeat = async (events: readonly WebhookEvent[]): Promise<void> => {
    for (const [index, delayMs] of retryDelaysMs.entries()) {
      await clock.sleep(delayMs, stopped.signal);
      if (stopped.signal.aborted || !subscribed) break;
      if (await attemptOnce(events, index + 2)) return;
    }
    counts.lost += 1;
  };

  const deliver = async (events: readonly WebhookEvent[], before: Promise<unknown>, attempted: () => void) => {
    let over = false;
    try {
      await before;
      if (!subscribed || stopped.signal.aborted) counts.lost += 1;
      over = !subscribed || stopped.signal.aborted || (await attemptOnce(events, 1));
    } finally {
      attempted();
    }
    if (!over) await repeat(events);
  };

  return {
    get subscribed() {
      return subscribed;
    },
    counts,
    verify: async () => {
      if ((await request({ method: 'GET' })) === 200) return true;
      const headers = { 'content-type': 'application/json' };
      return (await request({ method: 'POST', headers, body: '{}' })) === 200;
    },
    send: (events) => {
      const keys = [...new Set(events.map(laneOf))];
      const before = Promise.all(keys.map((key) => lanes.get(key)));
      const { promise: firstAttempt, resolve } = Promise.withResolvers<void>();
      for (const key of keys) lanes.set(key, firstAttempt);
      const delivery = deliver(events, before, () => {
        for (const key of keys) if (lanes.get(key) === firstAttempt) lanes.delete(key);
        resolve();
      }).finally(() => underWay.delete(delivery));
      underWay.add(delivery);
    },
    idle: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop: async () => {
      stopped.abort();
      await Promise.allSettled(underWay);
    },
  };
}

function laneOf(event: WebhookEvent): string {
  const { sessionId } = event.payload;
  return typeof sessionId === 'string' ? sessionId : event.eventType;
}
