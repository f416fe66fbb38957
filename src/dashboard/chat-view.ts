import type { ActionDetails } from '../store/read/action-details.ts';
import type { SessionRow } from '../store/read/sessions.ts';
import type { TimelinePosition, TimelineRow } from '../store/read/timeline.ts';
import type { BoardAlert, BoardHold, Named } from './board-snapshot.ts';

/** What the page of one chat shows. */
export interface ChatView {
  session: SessionRow;
  channel: Named | null;
  assignee: Named | null;
  holds: BoardHold[];
  alerts: BoardAlert[];
  /** A page of the timeline, in the order of time. */
  entries: TimelineEntry[];
  next: TimelinePosition | undefined;
}

/** A row of the timeline with the names and details that it refers to. */
export type TimelineEntry =
  | (Extract<TimelineRow, { kind: 'transition' }> & {
      assignee: Named | null;
      /** The rule of ours that caused it. */
      by: Named | null;
    })
  | Extract<TimelineRow, { kind: 'message' }>
  | (Extract<TimelineRow, { kind: 'decision' }> & { rule: Named })
  | (Extract<TimelineRow, { kind: 'action' }> & { rule: Named; details: ActionDetails | undefined });
