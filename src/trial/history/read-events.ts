import type { DeskEvent } from '../../domain/event.ts';
import type { KnownChannel } from '../../engine/facts.ts';
import { readRecord } from '../backtest/read-record.ts';
import { cutOff, otherVersion } from './history-faults.ts';

export interface EventLines {
  /** What `at` of hand-written events counts from, epoch ms. */
  start: number;
  onSkip: (line: number, reason: string) => void;
  /** What an exported history tells of a channel. */
  onChannel?: (id: string, channel: KnownChannel) => void;
  /** Where a history ends, epoch ms. */
  onEnd?: (until: number) => void;
}

/** A slip in a time written by hand must not make everything after it late. */
const MAX_GAP_MS = 31 * 86_400_000;

/**
 * The events of lines, one after the other, in the order of receipt: each as it was received, or, where nobody recorded that, at
 * its own time; not before what came before it.
 * @throws AppError for a history that is cut off or of another version
 */
export async function* readEvents(
  lines: AsyncIterable<string>,
  { start, onSkip, onChannel, onEnd }: EventLines,
): AsyncGenerator<DeskEvent, void, undefined> {
  let line = 0;
  let now: number | undefined;
  let isOpen = false;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === '') continue;
    for (const record of readRecord(text, start)) {
      if (record.kind === 'fault') onSkip(line, record.reason);
      else if (record.kind === 'channel') onChannel?.(record.id, record.channel);
      else if (record.kind === 'otherVersion') throw otherVersion();
      else if (record.kind === 'end') isOpen = false;
      else if (record.kind === 'history') {
        isOpen = true;
        if (record.until !== undefined) onEnd?.(record.until);
      }
      if (record.kind !== 'event') continue;
      const { event, isDated } = record;
      if (now !== undefined && !isDated && event.at > now + MAX_GAP_MS) {
        onSkip(line, 'it happened more than 31 days after what came before it');
        continue;
      }
      now = Math.max(now ?? event.receivedAt, event.receivedAt);
      yield { ...event, receivedAt: now };
    }
  }
  if (isOpen) throw cutOff();
}
