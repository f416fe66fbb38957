import { destinationOf } from '../../../domain/action.ts';
import type { Alert } from '../../../domain/alert.ts';
import type { Carried } from '../../carried.ts';
import type { Entry } from '../../trial.ts';
import { OVER } from '../dimensions.ts';
import type { Finding } from './finding.ts';

/** Whether a rule speaks of this status: then what it does to such a chat is meant. */
export type Names = (ruleId: string, status: string) => boolean;

/** Nothing is changed in Zoho Desk for a chat that is over, unless the rule's own conditions name that status. */
export function findActionsOnOverChats(
  record: readonly Entry[],
  statusAt: (sessionId: string, at: number) => string | undefined,
  names: Names,
): Finding[] {
  return record.flatMap((entry): Finding[] => {
    if (entry.kind !== 'action') return [];
    const { action, state } = entry.carried;
    const { ruleId, sessionId } = action;
    if (destinationOf(action.spec.type) !== 'zoho-desk' || state === 'skipped' || isFarewell(entry.carried)) return [];
    const status = sessionId === undefined ? undefined : statusAt(sessionId, action.createdAt);
    if (sessionId === undefined || status === undefined || !OVER.has(status) || names(ruleId, status)) return [];
    const detail = `${action.spec.type} in ${status}`;
    return [{ invariant: 'overChat', ruleId, sessionId, at: entry.at, detail, wrongActions: new Set([action.id]) }];
  });
}

/** What `onResolve` does to the ticket: the chat may well be over then. */
function isFarewell({ action: { firing, spec } }: Carried): boolean {
  return firing.endsWith('/end') && (spec.type === 'zoho.commentTicket' || spec.type === 'zoho.updateTicket');
}

/** At the end, no card of a chat that is over still asks for somebody. */
export function findOpenCards(
  cards: readonly Alert[],
  statusOf: (sessionId: string) => string | undefined,
  names: Names,
  at: number,
): Finding[] {
  return cards.flatMap(({ ruleId, sessionId, state }): Finding[] => {
    const status = sessionId === undefined ? undefined : statusOf(sessionId);
    if (
      state === 'resolved' ||
      sessionId === undefined ||
      status === undefined ||
      !OVER.has(status) ||
      names(ruleId, status)
    )
      return [];
    return [{ invariant: 'openCard', ruleId, sessionId, at, detail: `${state} in ${status}` }];
  });
}
