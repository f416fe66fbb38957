import type { JsonObject } from '../../domain/json.ts';
import { unusualFrom, usualSilence } from '../../domain/silence.ts';
import { QUEUE_STATUSES } from '../catalogue/params.ts';

/** What the store knows of a channel. Times are epoch ms, silences ms. */
export interface KnownChannelState {
  counts: Readonly<Record<string, number>>;
  lastAt: number | undefined;
  silencesMs: readonly number[];
}

/** The computed fields of the fact `channel` at a moment. */
export function channelStateFacts({ counts, lastAt, silencesMs }: KnownChannelState, at: number): JsonObject {
  const facts: JsonObject = {
    counts: { ...Object.fromEntries(QUEUE_STATUSES.map((status) => [status, 0])), ...counts },
  };
  if (lastAt === undefined) return facts;
  const silentMs = Math.max(0, at - lastAt);
  facts['silentSeconds'] = Math.floor(silentMs / 1000);
  const usualMs = usualSilence(silencesMs);
  if (usualMs === undefined) return facts;
  facts['usualSilenceSeconds'] = Math.floor(usualMs / 1000);
  facts['unusuallySilent'] = silentMs > unusualFrom(usualMs);
  return facts;
}
