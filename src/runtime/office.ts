import { getLogger } from '@logtape/logtape';
import type { Db } from '../store/database.ts';
import { findRulesetInForce } from '../store/rulesets.ts';

/** Real ms for which an answer is good. */
const GOOD_FOR_MS = 1_000;

const log = getLogger(['vigia', 'service']);

/**
 * Whether this process may judge: only those do whose rules came into force last. While rules change in several
 * processes one after the other, one that still has the old ones would end the holds of new rules as unknown to it. It
 * goes on receiving; the others judge.
 */
export function createOffice({ db, orgId, hash }: { db: Db; orgId: string | undefined; hash: () => string }) {
  let asked = { at: Number.NEGATIVE_INFINITY, hash: '', answer: true };
  return async (): Promise<boolean> => {
    if (orgId === undefined) return true;
    const own = hash();
    const at = performance.now();
    if (own === asked.hash && at - asked.at < GOOD_FOR_MS) return asked.answer;
    const latest = (await findRulesetInForce(db, orgId))?.hash;
    const answer = latest === undefined || latest === own;
    if (!answer && asked.answer) {
      log.warn('other rules have come into force ({latest}): this process only receives until it has them too', {
        latest: latest.slice(0, 12),
      });
    }
    asked = { at, hash: own, answer };
    return answer;
  };
}
