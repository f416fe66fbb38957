import type { Config } from '../../config.ts';
import { systemClock } from '../../domain/clock.ts';
import { AppError } from '../../domain/errors.ts';
import type { DeskEvent } from '../../domain/event.ts';
import type { Directory } from '../../domain/rule.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import type { OpenDatabase } from '../../runtime/open-database.ts';
import { createEnrichment } from '../../services/enrich.ts';
import { streamEvents } from '../../store/read/streams/events.ts';
import type { TimeRange } from '../../store/read/streams/pages.ts';
import { openStored } from '../open-stored.ts';

/** The events that a server has stored, to be judged again. The database is only read. */
export interface StoredHistory {
  orgId: string;
  db: OpenDatabase;
  /** For people: which database it is. */
  name: string;
  /** What is known of channels beside the directory of the rules. */
  channels(directory: Directory): Promise<ReadonlyMap<string, KnownChannel>>;
  /** In the order of their receipt; can be called again. */
  events(range: TimeRange): AsyncGenerator<DeskEvent, void, undefined>;
  close(): Promise<void>;
}

const FROM_A_FILE = ', or give a file of events with --events';

/**
 * @param otherwise what can be done without it, as the end of a remedy
 * @throws AppError when there is no database, no portal, or it cannot be used now: what is wrong, and the remedy
 */
export async function openStoredHistory(
  config: Pick<Config, 'database' | 'zoho'>,
  otherwise = FROM_A_FILE,
): Promise<StoredHistory> {
  const stored = await openStored(config, otherwise);
  if (stored.kind === 'server') {
    throw new AppError('data_dir_locked', `the server at ${stored.url} has the embedded database open`, {
      remedy: `Stop it first${otherwise}. With PostgreSQL (DATABASE_URL) both can work at once.`,
    });
  }
  const { database, orgId, name } = stored;
  return {
    orgId,
    db: database,
    name,
    async channels(directory) {
      const known = createEnrichment({
        db: database.db,
        clock: systemClock,
        orgId,
        client: undefined,
        directory: () => directory,
      });
      await known.load();
      return known.channels();
    },
    async *events(range) {
      for await (const batch of streamEvents(database.db, orgId, range)) yield* batch;
    },
    close: () => database.close(),
  };
}
