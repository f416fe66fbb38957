/**
 * When a channel's silence is unusual. What is compared is the longest silence of the same hour of the week in the latest
 * weeks, one number for each week: a desk is not the same on a Monday morning and on a Saturday night.
 */

/** An hour of the week says nothing before it was seen in so many weeks. */
export const ENOUGH_WEEKS = 4;
/** So many are remembered: a desk changes, and what it did a quarter of a year ago is no measure. */
export const KEPT_WEEKS = 8;
/**
 * The longest of a few weeks is exceeded now and then by chance. So a silence must be half as long again, and, where chats
 * come by the second and that would be nothing, ten minutes longer: whoever repairs a webhook needs more than that anyway.
 */
const FACTOR = 1.5;
const AT_LEAST_LONGER_MS = 600_000;

/** The longest that the channel is ever silent at this hour, ms; undefined while too few weeks were seen. */
export function usualSilence(silencesMs: readonly number[]): number | undefined {
  return silencesMs.length < ENOUGH_WEEKS ? undefined : Math.max(...silencesMs);
}

/** From when on a silence is unusual, ms. */
export function unusualFrom(usualMs: number): number {
  return Math.max(usualMs * FACTOR, usualMs + AT_LEAST_LONGER_MS);
}

/**
 * The silences with that of one more week. What was unusual counts as no more than what would just have been: a broken
 * webhook must not raise the bar for eight weeks, and a channel that has really become quieter is learned in a few.
 */
export function learnSilence(silencesMs: readonly number[], observedMs: number): number[] {
  const usual = usualSilence(silencesMs);
  const counted = usual === undefined ? observedMs : Math.min(observedMs, Math.round(unusualFrom(usual)));
  return [...silencesMs, counted].slice(-KEPT_WEEKS);
}
