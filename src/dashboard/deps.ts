import type { Clock } from '../domain/clock.ts';
import type { ChatFilter } from '../store/read/chat-filter.ts';
import type { DecisionRow } from '../store/read/decisions.ts';
import type { TimelinePosition } from '../store/read/timeline.ts';
import type { BoardAlert, BoardGroup, BoardSnapshot, ChatRef } from './board-snapshot.ts';
import type { ChatView } from './chat-view.ts';
import type { LivePace } from './live/pace.ts';
import type { MutesView } from './mutes-view.ts';
import type { RulesView } from './rules-view.ts';
import type { VocabularyItem, VocabularyView } from './vocabulary-view.ts';
import type { WhyQuestion, WhyView } from './why-view.ts';

/** A decision, with what it is about by name. */
export type ShownDecision = DecisionRow & { chat: ChatRef };

/** What the pages need. Reads come as functions, so that a page can be handed made-up data as well as a database's. */
export interface DashboardDeps extends DashboardReads {
  clock: Clock;
  /** How much faster than the wall clock `clock` runs (the sandbox's time); countdowns tick with it. Default 1. */
  timeScale?: number;
  assets: DashboardAssets;
  hub: LiveHub;
  /** Throws AppError `not_found`; does nothing when it is so already: people click twice. `by` is for the audit. */
  acknowledge(alertId: string, by: string): Promise<unknown>;
  /** The same for all alerts of a group. */
  acknowledgeGroup(groupId: string, by: string): Promise<unknown>;
  /** Makes a value known, once; throws AppError `not_found`, `conflict`, `bad_request`. */
  accept(entry: { field: string; value: string }, by: string): Promise<VocabularyItem>;
  /** Ends a pause. Throws AppError `not_found`; does nothing when it is over already. */
  liftPause(id: string, by: string): Promise<unknown>;
  setup: DashboardSetup;
  /** Paces the live stream; for tests. Default: the wall clock, at most two pushes a second. */
  pace?: LivePace;
}

/** Everything the pages show; see store-reads.ts for the database's. */
export interface DashboardReads {
  board(filter: ChatFilter): Promise<BoardSnapshot>;
  /** A page of a chat's timeline behind `after`; undefined for a chat that nobody has heard of. */
  chat(id: string, after?: TimelinePosition): Promise<ChatView | undefined>;
  alert(id: string): Promise<BoardAlert | undefined>;
  /** A group some of whose members are open. */
  group(id: string): Promise<BoardGroup | undefined>;
  /** With its trace. */
  decision(id: number): Promise<ShownDecision | undefined>;
  rules(): Promise<RulesView>;
  /** Why rules did or did not act on a chat; undefined for a chat that nobody has heard of. */
  why(chatId: string, question: WhyQuestion): Promise<WhyView | undefined>;
  vocabulary(): Promise<VocabularyView>;
  /** What silences and pauses hold back now. */
  mutes(): Promise<MutesView>;
}

/** The texts of the files that pages load, by the name they have there. A composition root reads or bundles them. */
export interface DashboardAssets {
  /** htmx and its extension for server-sent events, one after the other. */
  'htmx.js': string;
  'vigia.css': string;
  'vigia.js': string;
}

/** Tells that something that pages show may have changed. */
export interface LiveHub {
  changed(): void;
  /** @returns how to stop listening */
  subscribe(listener: () => void): () => void;
}

/** What a page says to who has not connected Zoho yet. Holds no secret. */
export interface DashboardSetup {
  /** Whether events are accepted: without a portal's id the webhook answers 503. */
  hasOrgId: boolean;
  /** Where the world reaches this server, without a slash at the end; undefined when nobody said. */
  publicUrl: string | undefined;
  /** Whether the webhook's address ends in a secret (which is never shown). */
  webhookHasSecret: boolean;
}
