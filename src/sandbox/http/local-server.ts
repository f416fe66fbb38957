/**
 * A server on a real socket around a fetch handler, and the two things that only a socket can do: reset the connection,
 * and never answer. The only file of the sandbox that knows Node's HTTP.
 */
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { AppError } from '../../domain/errors.ts';

export type { HttpBindings };

export interface LocalServer {
  /** `http://127.0.0.1:<port>`; throws before `start`. */
  readonly url: string;
  start(): Promise<void>;
  /** Closes the server and every connection, also those that wait for an answer. */
  stop(): Promise<void>;
}

/** `port` 0 (the default) takes a free one. Listens on loopback only: the stand-ins guard nothing real. */
export function createLocalServer(
  handler: (request: Request, env: HttpBindings) => Response | Promise<Response>,
  port = 0,
): LocalServer {
  let url: string | undefined;
  // The adaptor would otherwise put its own Request and Response in place of the global ones.
  const server = createAdaptorServer({
    fetch: (request, env) => handler(request, env as HttpBindings),
    overrideGlobalObjects: false,
  });
  return {
    get url() {
      if (url === undefined) throw new AppError('internal', 'The stand-in has no address before it is started.');
      return url;
    },
    start: () =>
      new Promise((resolve, reject) => {
        const refuse = (cause: Error) => {
          const remedy = 'Choose another port, or 0 for any free one.';
          reject(new AppError('unavailable', `The stand-in cannot listen on port ${port}.`, { remedy, cause }));
        };
        server.once('error', refuse);
        server.listen(port, '127.0.0.1', () => {
          server.off('error', refuse);
          url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
          resolve();
        });
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

/** Cuts the connection with a TCP reset: the client sees ECONNRESET. */
export function resetConnection(env: HttpBindings): Response {
  env.incoming.socket.resetAndDestroy();
  return RESPONSE_ALREADY_SENT;
}

/** Leaves the request without an answer until the client gives up or the server stops. */
export function neverAnswer(env: HttpBindings): Promise<Response> {
  return new Promise((resolve) => {
    const finish = () => resolve(RESPONSE_ALREADY_SENT);
    if (env.outgoing.destroyed || env.incoming.socket.destroyed) finish();
    else env.outgoing.once('close', finish);
  });
}
