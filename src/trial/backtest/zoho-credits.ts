import type { RuleActionType } from '../../domain/action.ts';
import type { JsonObject } from '../../domain/json.ts';

/**
 * What the actions of rules cost of Zoho Desk's daily credits. Integrators report 1 credit for reading or changing one
 * record and 3 or more for a list; Zoho's own pages give no table. So this is the least that an action costs when it is
 * carried out once, with nothing in a cache.
 */
const RECORD = 1;
const LIST = 3;

/** Every change reads the chat again before it is made. */
const VERIFICATION = RECORD;

const CHANGE = VERIFICATION + RECORD;
const COSTS: Partial<Record<RuleActionType, number>> = {
  'zoho.assignSession': CHANGE,
  'zoho.setSessionStatus': CHANGE,
  'zoho.updateTicket': CHANGE,
  'zoho.commentTicket': CHANGE,
};
/** Lists who is available, and their open chats. */
const PICK = CHANGE + 2 * LIST;

/** Credits; undefined for actions that do not call Zoho Desk. @param params as the rule has them */
export function costOf(type: RuleActionType, params: JsonObject): number | undefined {
  return type === 'zoho.assignSession' && params['pick'] !== undefined ? PICK : COSTS[type];
}

/** Credits that a portal of the edition Professional has each day (UTC), before those for its users. */
export const PROFESSIONAL_CREDITS = 75_000;
