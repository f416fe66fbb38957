import { Client } from 'pg';
import { connectionOptions } from './postgres-connections.ts';
import { toConnectionFault } from './run-transaction.ts';

/** Servers that may only be read from say so themselves; a standby is one. */
const READ_ONLY = { code: '25006' };

/**
 * Asks the server whether it takes writes, on a connection of its own that is kept while all is well: so a probe waits
 * for nobody, and what befalls the service's connections befalls this one. After a failure it connects anew.
 */
export function createPostgresProbe(url: string): (signal: AbortSignal) => Promise<void> {
  let client: Client | undefined;

  async function connect(): Promise<Client> {
    const fresh = new Client({ ...connectionOptions(url), application_name: 'vigia-probe' });
    fresh.on('error', () => undefined);
    client = fresh;
    await fresh.connect();
    return fresh;
  }

  function drop(): void {
    client?.end().catch(() => undefined);
    client = undefined;
  }

  return async (signal) => {
    signal.addEventListener('abort', drop, { once: true });
    try {
      const { rows } = await (client ?? (await connect())).query(
        `select current_setting('transaction_read_only') as read_only`,
      );
      if (rows[0]?.['read_only'] === 'on') throw Object.assign(new Error('the server is read-only'), READ_ONLY);
    } catch (error) {
      drop();
      throw toConnectionFault(error);
    } finally {
      signal.removeEventListener('abort', drop);
    }
  };
}
