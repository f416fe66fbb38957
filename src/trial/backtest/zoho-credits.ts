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

export interface ZohoCost {
  credits: number;
  /** What is called, for people. */
  calls: readonly string[];
}

const CHANGE: ZohoCost = { credits: VERIFICATION + RECORD, calls: ['read the chat', 'change it'] };
const COSTS: Partial<Record<RuleActionType, ZohoCost>> = {
  'zoho.assignSession': CHANGE,
  'zoho.setSessionStatus': CHANGE,
  'zoho.updateTicket': { credits: VERIFICATION + RECORD, calls: ['read the chat', 'change its ticket'] },
  'zoho.commentTicket': { credits: VERIFICATION + RECORD, calls: ['read the chat', 'add the comment'] },
};
const PICK: ZohoCost = {
  credits: CHANGE.credits + 2 * LIST,
  calls: ['list who is available', 'list open chats', ...CHANGE.calls],
};

/** Undefined for actions that do not call Zoho Desk. @param params as the rule has them */
export function costOf(type: RuleActionType, params: JsonObject): ZohoCost | undefined {
  return type === 'zoho.assignSession' && params['pick'] !== undefined ? PICK : COSTS[type];
}

/** Credits that a portal of the edition Professional has each day (UTC), before those for its users. */
export const PROFESSIONAL_CREDITS = 75_000;
