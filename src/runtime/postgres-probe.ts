import { Socket } from 'node:net';
import { Client } from 'pg';
import type { Probe } from './database-health.ts';
import { connectionOptions } from './postgres-connections.ts';
import { toConnectionFault } from './run-transaction.ts';

/** Servers that may only be read from say so themselves; a standby is one. */
const READ_ONLY = { code: '25006' };

/**
 * Asks the server whether it takes writes, on a connection of its own that is kept while all is well: so a probe waits
 * for nobody, and what befalls the service's connections befalls this one. After a failure it connects anew.
 */
export function createPostgresProbe(url: string): Probe {
  let connected: { client: Client; socket: Socket } | undefined;

  async function connect(): Promise<Client> {
    const socket = new Socket();
    const client = new Client({ ...connectionOptions(url), application_name: 'vigia-probe', stream: () => socket });
    client.on('error', () => undefined);
    connected = { client, socket };
    await client.connect();
    return client;
  }

  /** Not `client.end()`: on a connection that leads nowhere, a goodbye waits for ever. */
  function drop(): void {
    connected?.socket.destroy();
    connected = undefined;
  }

  return {
    async ask() {
      try {
        const { rows } = await (connected?.client ?? (await connect())).query(
          `select current_setting('transaction_read_only') as read_only`,
        );
        if (rows[0]?.['read_only'] === 'on') throw Object.assign(new Error('the server is read-only'), READ_ONLY);
      } catch (error) {
        drop();
        throw toConnectionFault(error);
      }
    },
    drop,
  };
}
