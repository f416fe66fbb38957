/**
 * Live traffic for a running service: the simulation, kept in step with a clock, and its webhooks sent signed to an
 * address. With the clock sped up, everything is.
 *
 * @example
 * const traffic = createTraffic({ clock, seed: '42', zoho, webhookUrl });
 * await traffic.start();
 * …
 * await traffic.stop();
 */
import type { Clock } from '../../domain/clock.ts';
import { AppError } from '../../domain/errors.ts';
import type { WebhookEvent } from '../zoho/webhook-event.ts';
import {
  createWebhookSender,
  type WebhookAttempt,
  type WebhookCounts,
  type WebhookSender,
} from '../zoho/webhook-sender.ts';
import type { ZohoStandIn } from '../zoho/zoho-stand-in.ts';
import { createSimulation, type Simulation, type SimulationOptions } from './simulation.ts';

export interface TrafficOptions extends Omit<SimulationOptions, 'desk' | 'startAt' | 'send' | 'seed'> {
  clock: Clock;
  /** The same seed gives the same traffic. */
  seed: string;
  zoho: ZohoStandIn;
  /** Where the webhooks go. */
  webhookUrl: string;
  /** How long an answer may take, in real time; default five seconds. */
  timeoutMs?: number;
  retryDelaysMs?: readonly number[];
  /** Hears of each request as it is handed to the sender. */
  onDelivery?: (events: readonly WebhookEvent[], at: number) => void;
  /** Hears of each attempt and its result. */
  onAttempt?: (attempt: WebhookAttempt) => void;
}

export interface TrafficCounts extends WebhookCounts {
  chats: number;
  events: number;
}

export interface Traffic {
  /** Checks the address as Zoho does and begins; throws `unavailable` when it does not answer 200. */
  start(): Promise<void>;
  /** Ends at once: no timer is left, no request is under way. */
  stop(): Promise<void>;
  readonly counts: TrafficCounts;
  /** False once the service has answered 410. */
  readonly subscribed: boolean;
}

export function createTraffic(options: TrafficOptions): Traffic {
  const { clock, zoho, webhookUrl } = options;
  const sender: WebhookSender = createWebhookSender({
    clock,
    url: webhookUrl,
    sign: zoho.sign,
    ...(options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs }),
    ...(options.retryDelaysMs === undefined ? {} : { retryDelaysMs: options.retryDelaysMs }),
    ...(options.onAttempt === undefined ? {} : { onAttempt: options.onAttempt }),
  });
  let simulation: Simulation | undefined;
  let running: Promise<void> | undefined;
  let stopped = false;
  /** Ends the present sleep: at the end, and when an API call has set an earlier entry. */
  let wake = () => {};

  const run = async (agenda: Simulation['agenda']): Promise<void> => {
    while (!stopped) {
      agenda.advanceTo(clock.now());
      const sleeping = new AbortController();
      wake = () => sleeping.abort();
      await clock.sleep((agenda.nextAt ?? Number.MAX_SAFE_INTEGER) - clock.now(), sleeping.signal);
    }
  };

  const endings: (() => void)[] = [];
  return {
    start: async () => {
      if (!(await sender.verify())) {
        throw new AppError('unavailable', `The webhook address ${webhookUrl} answered neither GET nor POST with 200.`, {
          remedy: 'Start the service first and check the address.',
        });
      }
      const started = createSimulation({
        ...options,
        desk: zoho.desk,
        startAt: clock.now(),
        send: (events, at) => {
          options.onDelivery?.(events, at);
          sender.send(events);
        },
      });
      simulation = started;
      // After the simulation's own listeners: they have set the new entries by then.
      endings.push(zoho.desk.onEvent((_event, cause) => cause === 'api' && wake()));
      endings.push(zoho.desk.onApiChange(() => wake()));
      running = run(started.agenda);
    },
    stop: async () => {
      stopped = true;
      wake();
      for (const ending of endings) ending();
      simulation?.detach();
      await running;
      await sender.stop();
    },
    get counts() {
      return { ...sender.counts, chats: simulation?.chats ?? 0, events: simulation?.events ?? 0 };
    },
    get subscribed() {
      return sender.subscribed;
    },
  };
}
