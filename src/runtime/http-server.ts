import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Config } from '../config.ts';
import { AppError } from '../domain/errors.ts';

/** The socket on Node. */

/** @throws AppError unavailable when the port is taken */
export function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: Pick<Config, 'host' | 'port'>,
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = createAdaptorServer({ fetch });
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new AppError('unavailable', taken ? `port ${port} is taken` : `cannot listen on ${host}:${port}`, {
          remedy: taken ? 'Stop what listens there, or set PORT to another one.' : 'Check HOST and PORT.',
          cause: error,
        }),
      );
    });
    server.listen(port, host, () => resolve(server));
  });
}

/** Ends kept connections at once and those under way after a second. */
export function closeServer(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), 1_000).unref();
    if ('closeIdleConnections' in server) server.closeIdleConnections();
  });
}

/** Where a server of this host can be called from this machine. */
export function urlOf(server: ServerType, host: string): string {
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
