import type { Config } from '../config.ts';
import { findServer } from '../runtime/data-dir-lock.ts';

/** Where a command finds the server of this environment: the one that holds the data folder, else HOST and PORT. */
export async function toServerUrl(config: Config): Promise<string> {
  const { database } = config;
  const holder = database.kind === 'pglite' ? await findServer(database.dataDir) : undefined;
  return holder ?? `http://${toReachableHost(config.host)}:${config.port}`;
}

/** An address that stands for all of a machine is reached at its loopback one. */
function toReachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::' || host === '[::]') return '[::1]';
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
