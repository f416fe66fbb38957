import { findZone, isZone } from '../calendars/zone-names.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';

/** A time zone of the IANA database, by its name. */
export function checkZone(zone: string, path: JsonPath): Finding[] {
  if (isZone(zone)) return [];
  if (/^[+-]|\d:?\d\d$/.test(zone)) {
    const message = `"${zone}" is an offset, no time zone: it knows no summer time`;
    const remedy = 'Write the name of the zone, such as America/Sao_Paulo, Europe/Lisbon or UTC.';
    return [{ path, code: 'unknown-zone', message, remedy }];
  }
  const nearest = findZone(zone);
  const remedy =
    nearest === undefined
      ? 'Zones are named after a city, such as America/Sao_Paulo, Europe/Lisbon or Asia/Kolkata.'
      : `Did you mean "${nearest}"?`;
  return [{ path, code: 'unknown-zone', message: `there is no time zone "${zone}"`, remedy }];
}
