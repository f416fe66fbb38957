import { getDuration } from '../../domain/duration.ts';
import { MAX_SILENCE_MS, type Pause, type PauseScope, type Silence } from '../../domain/mute.ts';
import type { Directory, Rule } from '../../domain/rule.ts';
import type { World } from '../../domain/test-file.ts';
import { type NamesKnown, toMatcher, toScope } from '../../services/mute-names.ts';
import { assertPauseSpan, assertRecurrence, assertSilenceSpan } from '../../services/mute-terms.ts';

/** The silences and pauses of a test's world, from its offsets and names to what the service keeps. */
export interface Mutes {
  silences: readonly Silence[];
  pauses: readonly Pause[];
}

export interface MuteContext {
  orgId: string;
  /** What offsets count from, epoch ms. */
  start: number;
  now: number;
  rules: readonly Rule[];
  directory: Directory;
}

/**
 * @param before those that are there already: ids go on counting
 * @throws AppError bad_request for a name that nobody knows, or a stretch that cannot be
 */
export function toMutes(world: World, before: Mutes, context: MuteContext): Mutes {
  const { orgId, start, now } = context;
  const names: NamesKnown = { rules: context.rules, directory: withChannels(context.directory, world) };
  const common = { orgId, owner: 'the test', createdAt: now, createdBy: 'the test' };
  const silences = (world.silences ?? []).map((written, index): Silence => {
    const { from, to, reason = 'of the test', recurrence, ...matcher } = written;
    const startsAt = from === undefined ? now : start + getDuration(from);
    const endsAt = to === undefined ? startsAt + MAX_SILENCE_MS : start + getDuration(to);
    assertSilenceSpan(startsAt, endsAt, recurrence !== undefined);
    if (recurrence !== undefined) assertRecurrence(recurrence);
    const id = `silence-${before.silences.length + index + 1}`;
    const silence: Silence = { ...common, id, matcher: toMatcher(matcher, names), reason, startsAt, endsAt };
    if (recurrence !== undefined) silence.recurrence = recurrence;
    return silence;
  });
  const pauses = (world.pauses ?? []).map((written, index): Pause => {
    const { from, to, reason = 'of the test', actions } = written;
    const startsAt = from === undefined ? now : start + getDuration(from);
    const endsAt = to === undefined ? undefined : start + getDuration(to);
    assertPauseSpan(startsAt, endsAt);
    const id = `pause-${before.pauses.length + index + 1}`;
    const pause: Pause = { ...common, id, scope: toScope(scopeOf(written), names), actions, reason, startsAt };
    if (endsAt !== undefined) pause.endsAt = endsAt;
    return pause;
  });
  return { silences: [...before.silences, ...silences], pauses: [...before.pauses, ...pauses] };
}

type WrittenPause = NonNullable<World['pauses']>[number];

function scopeOf({ rule, destination, channel }: WrittenPause): PauseScope {
  if (rule !== undefined) return { kind: 'rule', id: rule };
  if (destination !== undefined) return { kind: 'destination', id: destination };
  return channel === undefined ? { kind: 'everything' } : { kind: 'channel', id: channel };
}

/** The world's own channels may be named too. */
function withChannels(directory: Directory, { channels = [] }: World): Directory {
  const known = new Map(directory.channels);
  for (const { id, name } of channels) if (!known.has(id)) known.set(id, { name: name ?? id });
  return { ...directory, channels: known };
}
