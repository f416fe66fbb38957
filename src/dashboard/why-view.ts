import type { ChatExplanations, ExplainTrouble } from '../services/explain/explain-chat.ts';

/** What the page shows on which one asks why a rule did or did not act on a chat. */
export interface WhyView extends ChatExplanations {
  /** Why the question cannot be answered as it was asked. */
  trouble?: ExplainTrouble;
}

/** What one asks of a chat. */
export interface WhyQuestion {
  ruleId?: string | undefined;
  /** Epoch ms; absent: now. */
  at?: number | undefined;
  /** A decision of the rule: its id. */
  decisionId?: number | undefined;
}
