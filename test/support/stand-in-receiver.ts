/** A webhook receiver on a real socket: keeps what comes and answers as it is told. */
import { createLocalServer, type HttpBindings, neverAnswer } from '../../src/sandbox/http/local-server.ts';
import type { WebhookEvent } from '../../src/sandbox/zoho/webhook-event.ts';

export interface Received {
  method: string;
  token: string | null;
  events: WebhookEvent[];
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** The answer to a request: a status, or `silence` for none. Default 200. */
  answer: (request: Received) => number | 'silence';
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createReceiver(): Receiver {
  const received: Received[] = [];
  const server = createLocalServer(async (request, env: HttpBindings) => {
    const text = await request.text();
    const parsed: unknown = text === '' ? [] : JSON.parse(text);
    const one: Received = {
      method: request.method,
      token: request.headers.get('x-zdesk-jwt'),
      events: Array.isArray(parsed) ? parsed : [],
    };
    received.push(one);
    const answer = receiver.answer(one);
    return answer === 'silence' ? neverAnswer(env) : new Response('', { status: answer });
  });
  const receiver: Receiver = {
    get url() {
      return `${server.url}/webhooks/zoho-desk`;
    },
    received,
    answer: () => 200,
    start: server.start,
    stop: server.stop,
  };
  return receiver;
}
