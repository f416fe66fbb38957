/** The part of node-postgres that is used here: the package brings no types of its own. */
declare module 'pg' {
  import type { Socket } from 'node:net';

  export interface ClientConfig {
    connectionString: string;
    application_name?: string;
    /** How long a connection may take to be ready; in a pool also how long a call may wait for a free one. */
    connectionTimeoutMillis?: number;
    statement_timeout?: number;
    idle_in_transaction_session_timeout?: number;
    keepAlive?: boolean;
    keepAliveInitialDelayMillis?: number;
    /** Makes the socket, not yet connected. */
    stream?: () => Socket;
  }

  export interface PoolConfig extends ClientConfig {
    max?: number;
    idleTimeoutMillis?: number;
  }

  export interface QueryResult {
    /** The command that was carried out: `COMMIT` is answered `ROLLBACK` when the transaction had failed. */
    command: string;
    rows: Record<string, unknown>[];
  }

  export class Client {
    constructor(config: ClientConfig);
    connect(): Promise<unknown>;
    query(statement: unknown, params?: unknown[]): Promise<QueryResult>;
    end(): Promise<void>;
    on(event: 'error', listener: (error: Error) => void): this;
  }

  export interface PoolClient extends Omit<Client, 'connect' | 'end'> {
    /** Gives the connection back; with a reason it is closed instead. */
    release(reason?: Error): void;
  }

  export class Pool {
    constructor(config: PoolConfig);
    connect(): Promise<PoolClient>;
    query(statement: unknown, params?: unknown[]): Promise<QueryResult>;
    end(): Promise<void>;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'connect', listener: (client: PoolClient) => void): this;
  }

  /** What the server answered; everything else that a statement fails with is of the connection. */
  export class DatabaseError extends Error {
    code: string | undefined;
  }
}
