import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Rule, RuleFault } from '../domain/rule.ts';
import type { ParsedItem } from '../ingress/parsed-item.ts';
import type { ZohoVerifier } from '../ingress/zoho-desk/verify-token.ts';
import type { DatabaseState, Db } from '../store/database.ts';
import type { ReceiverMemory } from './receiver-memory.ts';

/** Everything that the HTTP side needs; a composition root of runtime/ puts it together. */
export interface AppDeps {
  config: HttpConfig;
  clock: Clock;
  /** For reading only; whatever changes something is a service. */
  db: Db;
  /** What is known of the database without asking it. */
  databaseState(): DatabaseState;
  /** Undefined when the signature of webhooks is not checked, or no portal is configured. */
  verifier: ZohoVerifier | undefined;
  /** Resolves once every item is durable; rejects otherwise, and the source is told to send again. */
  ingest(items: readonly ParsedItem[]): Promise<IngestCounts>;
  /** Given where an application lives for one request only, as on Workers. */
  receiverMemory?: ReceiverMemory | undefined;
  /**
   * The commands throw AppErrors (`not_found`, `conflict`) and do nothing when it is so already: people click twice.
   * `by`: who does it, for the audit, such as `api`, `board` or `api:Ana`.
   */
  acknowledgeAlert(orgId: string, alertId: string, by: string): Promise<unknown>;
  resolveAlert(orgId: string, alertId: string, by: string): Promise<unknown>;
  /** Puts an action that ended without success back into the queue. */
  retryAction(orgId: string, actionId: string, by: string): Promise<unknown>;
  currentRuleset(): CurrentRuleset | undefined;
  metrics: Metrics;
  /** The pages, mounted at `/` behind the login; has to answer `GET /login` and may serve `/assets/*` to everybody. */
  dashboard?: Hono | undefined;
}

export type HttpConfig = Pick<Config, 'adminToken' | 'listensOnLoopback' | 'publicUrl' | 'webhook'> & {
  zoho: Pick<Config['zoho'], 'orgId'>;
};

export interface IngestCounts {
  stored: number;
  repeated: number;
  rejected: number;
}

/** The rules in force. */
export interface CurrentRuleset {
  hash: string;
  rules: readonly Rule[];
  /** Epoch ms. */
  loadedAt: number;
  /** Errors of the files as they are now, when a newer state of them could not be taken; empty when all is well. */
  faults: readonly RuleFault[];
}

/** What middleware leaves for the handlers. */
export interface AppEnv {
  Variables: {
    requestId: string;
    /** Who sends the request, for the audit: `api` (bearer token), `board` (login) or `local` (this machine, no token needed). */
    actor: string;
  };
}
