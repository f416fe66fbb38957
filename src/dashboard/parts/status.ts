import { html } from 'hono/html';
import type { Words } from '../i18n/words.ts';
import type { Html } from '../view.ts';

/** Statuses in the order of a chat's life; the ones that Zoho may add come after them. */
export const STATUS_ORDER = ['CREATED', 'OPEN', 'ON_PROGRESS', 'ON_HOLD', 'MISSED', 'BLOCKED', 'ENDED'] as const;

type KnownStatus = (typeof STATUS_ORDER)[number];

function isKnown(status: string): status is KnownStatus {
  return STATUS_ORDER.some((known) => known === status);
}

/** The name of a status; one that is not known is shown as it came. */
export function statusName(words: Words, status: string | null): string {
  if (status === null || status === '') return words.unknownStatus;
  return isKnown(status) ? words.statuses[status] : status;
}

export function statusBadge(words: Words, status: string | null): Html {
  const tone = status !== null && isKnown(status) ? status.toLowerCase().replace('_', '-') : 'unknown';
  return html`<span class="badge status-${tone}">${statusName(words, status)}</span>`;
}
