import type { ChatFilter } from '../../../store/read/chat-filter.ts';

/**
 * The board's filter as it stands in its address: `?status=ON_HOLD&channel=65403…`; `-` asks for chats that have none.
 * What is empty or too long to be one is no filter.
 */
const NONE = '-';
const MAX_LENGTH = 100;

export function parseBoardFilter(query: { status?: string | undefined; channel?: string | undefined }): ChatFilter {
  const status = readValue(query.status);
  const channelId = readValue(query.channel);
  return { ...(status === undefined ? {} : { status }), ...(channelId === undefined ? {} : { channelId }) };
}

function readValue(given: string | undefined): string | null | undefined {
  // PostgreSQL's texts hold no NUL.
  if (given === undefined || given === '' || given.length > MAX_LENGTH || given.includes('\0')) return undefined;
  return given === NONE ? null : given;
}

/** The address of a page of the board (or of its stream) with this filter. */
export function withFilter(path: string, { status, channelId }: ChatFilter): string {
  const query = new URLSearchParams();
  if (status !== undefined) query.set('status', status ?? NONE);
  if (channelId !== undefined) query.set('channel', channelId ?? NONE);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function isFiltered({ status, channelId }: ChatFilter): boolean {
  return status !== undefined || channelId !== undefined;
}
