import type { Decision } from '../../../domain/decision.ts';

/** What a whole ruleset has to keep to, whatever happens to a chat; in the order in which they are shown. */
export const INVARIANTS = ['oneFiring', 'stateHeld', 'overChat', 'openCard', 'noError', 'duplicates', 'order'] as const;
export type Invariant = (typeof INVARIANTS)[number];

/** An invariant that was not kept, in one run. */
export interface Finding {
  invariant: Invariant;
  /** Absent where no single rule is at fault. */
  ruleId?: string;
  sessionId?: string;
  /** When, epoch ms. */
  at: number;
  /** In English, as the engine says it: a reason, an action's type. */
  detail: string;
  /** What would have to be different for a test to pass: what was done (by id of the action) or decided and should not be. */
  wrongActions?: ReadonlySet<string>;
  /** Actions that should have been done. */
  failedActions?: ReadonlySet<string>;
  wrongDecisions?: ReadonlySet<Decision>;
}
