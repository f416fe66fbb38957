import { TIMELINE_KINDS, type TimelinePosition } from '../../../store/read/timeline.ts';

/** A place in a timeline as it stands in an address: `<ms>~<kind>~<id>`. */
export function formatPlace({ at, kind, id }: TimelinePosition): string {
  return `${at}~${kind}~${id}`;
}

/** Undefined for what is no place: the timeline is then shown from its start. */
export function parsePlace(text: string | undefined): TimelinePosition | undefined {
  const [, at, name, id] = /^(\d{1,15})~(\w+)~([^\0]{1,200})$/.exec(text ?? '') ?? [];
  const kind = TIMELINE_KINDS.find((one) => one === name);
  if (at === undefined || kind === undefined || id === undefined) return undefined;
  // The ids of decisions are numbers: anything else would be refused by the database.
  return kind === 'decision' && !/^\d{1,15}$/.test(id) ? undefined : { at: Number(at), kind, id };
}
