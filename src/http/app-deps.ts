import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import type { Clock } from '../domain/clock.ts';
import type { Metrics } from '../domain/metrics.ts';
import type { Directory, Rule, RuleFault } from '../domain/rule.ts';
import type { Explanation } from '../engine/explain/explanation.ts';
import type { Ruleset } from '../engine/load/ruleset.ts';
import type { ParsedItem } from '../ingress/parsed-item.ts';
import type { ZohoVerifier } from '../ingress/zoho-desk/verify-token.ts';
import type { Acceptance } from '../services/accept-vocabulary.ts';
import type { ExplainRequest } from '../services/explain/explain-rule.ts';
import type { MuteVerbs } from '../services/mute-verbs.ts';
import type { SlackClick } from '../services/slack-clicks.ts';
import type { DatabaseState, Db } from '../store/database.ts';
import type { EntryRow } from '../store/vocabulary.ts';
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
  /** Lets an alert be for so many milliseconds from now. */
  snoozeAlert(orgId: string, alertId: string, snooze: { by: string; forMs: number }): Promise<unknown>;
  resolveAlert(orgId: string, alertId: string, by: string): Promise<unknown>;
  /** Both for all alerts that are in the group at that moment. */
  acknowledgeGroup(orgId: string, groupId: string, by: string): Promise<unknown>;
  resolveGroup(orgId: string, groupId: string, by: string): Promise<unknown>;
  /** Puts an action that ended without success back into the queue. */
  retryAction(orgId: string, actionId: string, by: string): Promise<unknown>;
  /** Makes a value of Zoho's vocabulary known. Throws `bad_request`, `not_found`, `conflict`. */
  acceptVocabulary(orgId: string, acceptance: Acceptance, by: string): Promise<EntryRow>;
  /** The rules in force that read what an entry of the vocabulary is about. */
  vocabularyReaders(field: string, value: string): readonly Rule[];
  /** Somebody clicked on a card in Slack. Never rejects: whoever clicked is told what did not work. */
  slackClicked(click: SlackClick): Promise<void>;
  /** Where nothing outlives an answer by itself, as on Workers: sees that this work does. */
  keepAlive?: ((work: Promise<unknown>) => void) | undefined;
  /** Silences and pauses. */
  mutes: MuteVerbs;
  /** Why a rule did or did not fire for a chat. Throws `not_found`, `bad_request`, `conflict`. */
  explain(orgId: string, request: ExplainRequest): Promise<Explanation>;
  currentRuleset(): CurrentRuleset | undefined;
  metrics: Metrics;
  /** The pages, mounted at `/` behind the login; has to answer `GET /login` and may serve `/assets/*` to everybody. */
  dashboard?: Hono | undefined;
}

export type HttpConfig = Pick<Config, 'reconcile' | 'adminToken' | 'listensOnLoopback' | 'publicUrl' | 'webhook'> & {
  zoho: Pick<Config['zoho'], 'orgId'>;
  slack: Pick<Config['slack'], 'signingSecret'>;
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
  /** What rules are told with. */
  conditions: Ruleset['conditions'];
  directory: Directory;
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
