import { getLogger } from '@logtape/logtape';
import type { DatabaseHealth } from '../store/database.ts';
import { awayError } from '../store/database-fault.ts';
import type { Ingest } from './ingest.ts';

/**
 * Ingest that refuses at once while the database is known to be away, instead of letting each webhook wait for its
 * deadline: the source sends again, and nothing gathers in memory. What is refused is counted, not logged one by one.
 */
const log = getLogger(['vigia', 'ingest']);

export function guardIngest(ingest: Ingest, health: DatabaseHealth): Ingest {
  let refused = 0;
  return async (items) => {
    const state = health.state();
    if (!state.ok) {
      refused += 1;
      throw awayError(state);
    }
    if (refused > 0) {
      log.warn('{count} webhook requests were refused while the database was away', { count: refused });
      refused = 0;
    }
    try {
      return await ingest(items);
    } catch (error) {
      health.suspect(error);
      throw error;
    }
  };
}
