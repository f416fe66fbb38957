import type { Alert } from '../../domain/alert.ts';
import type { GroupView } from '../../domain/alert-group.ts';

/** What the Slack destination asks of the store. */

/**
 * Takes the next turn of a lane whose turns come at least `intervalMs` apart, across all processes; or tells after how
 * many milliseconds to ask again. Keys are the lanes, such as `slack:post:C012345`.
 */
export type Pace = (key: string, intervalMs: number) => Promise<{ ok: true } | { ok: false; retryAfterMs: number }>;

/** The alert with this id; undefined when there is none (any more). */
export type FindAlert = (orgId: string, alertId: string) => Promise<Alert | undefined>;

/** A group of alerts as it is at this moment, with some of its members; undefined when there is none (any more). */
export type FindGroup = (orgId: string, groupId: string) => Promise<GroupView | undefined>;
