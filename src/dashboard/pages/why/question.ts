import { AppError } from '../../../domain/errors.ts';
import { toLocalTime } from '../../../engine/calendars/local-time.ts';
import { parseMoment } from '../../../services/explain/parse-moment.ts';
import { chatPath } from '../../parts/chat-link.ts';
import type { WhyQuestion } from '../../why-view.ts';

/** A question as it stands in an address: `/sessions/<id>/why?rule=…&at=…&decision=…`. */
export function whyPath(chatId: string, { ruleId, at, decisionId }: WhyQuestion = {}): string {
  const query = new URLSearchParams();
  if (ruleId !== undefined) query.set('rule', ruleId);
  if (at !== undefined) query.set('at', new Date(at).toISOString());
  if (decisionId !== undefined) query.set('decision', String(decisionId));
  return `${chatPath(chatId)}/why${query.size === 0 ? '' : `?${query}`}`;
}

/**
 * A moment without an offset is one in the zone of the page.
 * @returns `badMoment` where it cannot be read or lies ahead: the question is then asked of now
 */
export function parseQuestion(
  query: Readonly<Record<string, string>>,
  here: { now: number; zone: string },
): { question: WhyQuestion; badMoment: boolean } {
  const { rule = '', at = '', decision = '' } = query;
  const moment = at.trim() === '' ? undefined : readMoment(at.trim(), here);
  return {
    question: {
      ...(rule === '' ? {} : { ruleId: rule }),
      ...(moment === undefined ? {} : { at: moment }),
      ...(/^\d{1,15}$/.test(decision) ? { decisionId: Number(decision) } : {}),
    },
    badMoment: moment === undefined && at.trim() !== '',
  };
}

function readMoment(text: string, here: { now: number; zone: string }): number | undefined {
  try {
    return parseMoment(text, here);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** As a field for a local date and time has it: `2026-03-02T10:15:00`. */
export function toLocalField(at: number, zone: string): string {
  return new Date(at + toLocalTime(zone, at).offsetMs).toISOString().slice(0, 19);
}
