import type { Calendar } from '../../domain/calendar.ts';
import type { World } from '../../domain/test-file.ts';
import type { CompiledRuleset } from '../../engine/compile.ts';
import { aChannel, findPeople, makeUpWorld, type People } from './made-up-world.ts';
import type { Comparison } from './named-values.ts';

/** Where and when a chat takes place. */
export interface Setting {
  channelId: string;
  integration?: string | undefined;
  /** The instant of offset 0, epoch ms. */
  start: number;
  people: People;
  world: World;
}

type Channel = NonNullable<World['channels']>[number];

/**
 * The first setting is the usual one. Others follow where rules tell channels apart, and where a calendar is closed at
 * the usual time: what acts only there would otherwise never be seen to act.
 */
export function toSettings(
  { directory, calendars, rules }: CompiledRuleset,
  comparisons: readonly Comparison[],
  start: number,
): [Setting, ...Setting[]] {
  const made = makeUpWorld(directory);
  const channels = [...(made.channels ?? []), ...namedOnly(comparisons, made.channels ?? [], departmentsOf(made))];
  const world = { ...made, channels };
  const people = findPeople(world, directory);
  const [first, ...others] = distinctChannels(channels, comparisons);
  const usual: Setting = { ...placeOf(first), start, people, world };
  const names = new Set(rules.flatMap(({ during }) => during?.calendar ?? []));
  const readsClock = comparisons.some(({ field }) => field.startsWith('clock'));
  const used = [...calendars].filter(([name]) => readsClock || names.has(name)).map(([, calendar]) => calendar);
  return [
    usual,
    ...others.map((channel) => ({ ...usual, ...placeOf(channel) })),
    ...otherTimes(used, start).map((at) => ({ ...usual, start: at })),
  ];
}

function placeOf(channel: Channel | undefined): Pick<Setting, 'channelId' | 'integration'> {
  return { channelId: channel?.id ?? '', integration: channel?.integration };
}

function departmentsOf({ agents }: World): readonly string[] {
  return agents?.[0]?.departments ?? [];
}

/** What distinguishes channels: by field of a comparison, the channel's own value. */
const VALUE_OF: Readonly<Record<string, (channel: Channel) => string | undefined>> = {
  'session.channelId': ({ id }) => id,
  'event.channelId': ({ id }) => id,
  'channel.id': ({ id }) => id,
  'channel.name': ({ name }) => name,
  'channel.departmentId': ({ departmentId }) => departmentId,
  'channel.integration': ({ integration }) => integration,
};

function distinctChannels(channels: readonly Channel[], comparisons: readonly Comparison[]): Channel[] {
  const relevant = comparisons.filter(({ field }) => VALUE_OF[field] !== undefined);
  if (relevant.some(({ isEquality }) => !isEquality)) return [...channels];
  const groups = Map.groupBy(channels, (channel) =>
    relevant.map(({ field, values }) => values.includes(VALUE_OF[field]?.(channel) ?? '')).join(),
  );
  return [...groups.values()].flatMap((group) => group.slice(0, 1));
}

/** Channels and kinds of channel that the rules name and the directory does not. */
function namedOnly(
  comparisons: readonly Comparison[],
  known: readonly Channel[],
  departments: readonly string[],
): Channel[] {
  const missing = (field: string) => [
    ...new Set(
      comparisons
        .filter((one) => one.field === field)
        .flatMap(({ values }) => values)
        .filter((value) => known.every((channel) => VALUE_OF[field]?.(channel) !== value)),
    ),
  ];
  const ids = [...new Set(['session.channelId', 'event.channelId', 'channel.id'].flatMap(missing))];
  return [
    ...ids.map((id) => aChannel(id, departments)),
    ...missing('channel.integration').map((kind) => aChannel(`a-${kind.toLowerCase()}-channel`, departments, kind)),
  ];
}

/** An opening of each calendar that is closed at `start`, and a closing of each that is open. */
function otherTimes(calendars: readonly Calendar[], start: number): number[] {
  const times = calendars.flatMap(
    (calendar) => (calendar.isOpen(start) ? calendar.nextClose(start) : calendar.nextOpen(start)) ?? [],
  );
  return [...new Set(times)];
}
