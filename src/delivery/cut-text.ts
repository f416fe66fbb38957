/**
 * A text of at most `max` UTF-16 units, its end replaced by … where it was longer. A surrogate pair is never split: half
 * of one is no valid text, and JSON parsers on the other side refuse it.
 */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = isHighSurrogate(text.charCodeAt(max - 2)) ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}
