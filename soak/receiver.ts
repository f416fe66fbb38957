import type { Clock } from '../src/domain/clock.ts';
import type { Faults } from '../src/sandbox/http/faults.ts';
import { createLocalServer, resetConnection } from '../src/sandbox/http/local-server.ts';
import { createStandInApp } from '../src/sandbox/http/stand-in-app.ts';

/** Another system that http.request calls: takes everything, is down at `/down`, and loses its answers at `/lost`. */
export interface Receiver {
  readonly url: string;
  readonly faults: Faults;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createReceiver(clock: Clock): Receiver {
  const { app, faults } = createStandInApp(clock, {
    too_many_requests: ({ retryAfterSeconds = 2 }) => ({
      status: 429,
      headers: { 'Retry-After': `${retryAfterSeconds}` },
    }),
  });
  app.post('/down', (c) => c.text('down', 503));
  app.post('/lost', (c) => resetConnection(c.env));
  app.post('*', (c) => c.json({ taken: true }));
  const server = createLocalServer((request, env) => app.fetch(request, env));
  return {
    get url() {
      return server.url;
    },
    faults,
    start: server.start,
    stop: server.stop,
  };
}
