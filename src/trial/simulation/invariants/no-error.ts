import type { Entry } from '../../trial.ts';
import type { Finding } from './finding.ts';

/** No rule errs, and every action can be made of what is known: a required text that renders to nothing refuses it. */
export function findErrors(record: readonly Entry[]): Finding[] {
  return record.flatMap((entry): Finding[] => {
    if (entry.kind === 'decision' && entry.decision.outcome === 'error') {
      const { ruleId, reason } = entry.decision;
      const wrongDecisions = new Set([entry.decision]);
      return [
        { invariant: 'noError', ruleId, ...chatOf(entry.decision), at: entry.at, detail: reason, wrongDecisions },
      ];
    }
    if (entry.kind !== 'action') return [];
    const { action, state, attempts, reason = '' } = entry.carried;
    // One that was tried was refused by the other side: that nobody is there to take a chat, for example.
    if (state !== 'refused' || attempts > 0) return [];
    const detail = `${action.spec.type}: ${reason}`;
    const failedActions = new Set([action.id]);
    return [{ invariant: 'noError', ruleId: action.ruleId, ...chatOf(action), at: entry.at, detail, failedActions }];
  });
}

function chatOf({ sessionId }: { sessionId?: string }): { sessionId?: string } {
  return sessionId === undefined ? {} : { sessionId };
}
