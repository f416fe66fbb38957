import { Socket } from 'node:net';
import { Pool } from 'pg';
import { type RunStatement, runTransaction, throwFault } from './run-transaction.ts';

/**
 * The connections to PostgreSQL, made so that none of them hangs for ever and none outlives an outage:
 *
 * - A pool belongs to one stretch in which the server could be reached. After an outage a new one takes its place:
 *   what was connected before may lead to a server that is no longer the one to write to.
 * - A connection that was silent during an outage and is silent still a second after it leads nowhere (a gateway
 *   forgot it, the machine was replaced). It is cut, and what waits for it fails and is tried again.
 * - A connection that is silent for longer than any statement may take is cut without further signs.
 *
 * Whatever fails for another reason than an answer of the server gets the code CONNECTION_LOST or the system's own.
 */
export interface PostgresConnections {
  /** Runs one statement on any free connection. */
  query: RunStatement;
  /** Runs `work` between BEGIN and COMMIT on a connection of its own. */
  transaction<T>(work: (query: RunStatement) => Promise<T>): Promise<T>;
  /** To be called when the server cannot be reached: notes what has been received up to now. */
  markSilence(): void;
  /** To be called when it can be reached again. */
  renew(): void;
  /** Cuts all connections at once: whoever waits for an answer gets an error. */
  cut(): void;
  /** Ends connections as they become free, and after five seconds those that have not. */
  close(): Promise<void>;
}

/** The server ends what takes longer. */
const STATEMENT_TIMEOUT_MS = 30_000;
const SILENT_MS = STATEMENT_TIMEOUT_MS + 10_000;
/** Between two statements of a transaction there is nothing but judging: a client that pauses longer is gone. */
const IDLE_IN_TRANSACTION_MS = 15_000;
const CONNECT_MS = 5_000;
const IDLE_MS = 30_000;
/** Answers that were held up while nothing passed get this long to arrive. */
const GRACE_MS = 1_000;
const CLOSE_MS = 5_000;

/** A pool and what it is connected by. */
interface Generation {
  pool: Pool;
  sockets: Set<Socket>;
  /** Bytes that had been received when the server went out of reach. */
  marks: Map<Socket, number>;
  /** Set once it is ending, which a pool may be told only once. */
  ended?: Promise<void>;
}

export function createPostgresConnections(url: string, max: number): PostgresConnections {
  const generations = new Set<Generation>();
  let current = open();

  function open(): Generation {
    const sockets = new Set<Socket>();
    const pool = new Pool({
      ...connectionOptions(url),
      max,
      connectionTimeoutMillis: CONNECT_MS,
      idleTimeoutMillis: IDLE_MS,
      stream: () => track(sockets),
    });
    // Without a listener the loss of a connection ends the process. Whoever used it is told by the failing statement.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    const generation: Generation = { pool, sockets, marks: new Map<Socket, number>() };
    generations.add(generation);
    return generation;
  }

  function end(generation: Generation): Promise<void> {
    generation.ended ??= generation.pool.end().then(() => {
      generations.delete(generation);
    });
    return generation.ended;
  }

  function cut(): void {
    for (const { sockets } of generations) for (const socket of sockets) socket.destroy();
  }

  return {
    query: (statement, params) => current.pool.query(statement, params).catch(throwFault),
    async transaction(work) {
      return runTransaction(await current.pool.connect().catch(throwFault), work);
    },
    markSilence() {
      for (const { sockets, marks } of generations) {
        marks.clear();
        for (const socket of sockets) marks.set(socket, socket.bytesRead);
      }
    },
    renew() {
      const earlier = [...generations];
      current = open();
      for (const generation of earlier) void end(generation);
      setTimeout(() => {
        for (const { marks } of earlier) {
          for (const [socket, bytes] of marks) if (socket.bytesRead === bytes) socket.destroy();
        }
      }, GRACE_MS).unref();
    },
    cut,
    async close() {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const timeUp = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, CLOSE_MS);
      });
      await Promise.race([Promise.all([...generations].map(end)), timeUp]);
      clearTimeout(timer);
      cut();
    },
  };
}

/** What all connections of the service say when they are made. */
export function connectionOptions(url: string) {
  return {
    connectionString: url,
    application_name: 'vigia',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
  };
}

function track(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  socket.setTimeout(SILENT_MS, () => socket.destroy());
  return socket;
}
