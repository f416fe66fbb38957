import type { DeskEvent } from '../../domain/event.ts';
import { readLine } from '../day/read-line.ts';

/** A slip in one time must not make everything after it late. */
const MAX_GAP_MS = 31 * 86_400_000;

/** The events of a file of lines, one after the other: each as if received at its own time, or with what came before it. */
export async function* readEvents(
  lines: AsyncIterable<string>,
  { start, onSkip }: { start: number; onSkip: (line: number, reason: string) => void },
): AsyncGenerator<DeskEvent, void, undefined> {
  let line = 0;
  let now: number | undefined;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === '') continue;
    for (const item of readLine(text, start)) {
      if (!item.ok) {
        onSkip(line, item.reason);
        continue;
      }
      if (now !== undefined && item.event.at > now + MAX_GAP_MS) {
        onSkip(line, 'it happened more than 31 days after what came before it');
        continue;
      }
      now = Math.max(now ?? item.event.at, item.event.at);
      yield { ...item.event, receivedAt: now };
    }
  }
}
