import { create } from 'temporal-polyfill/fns/ZonedDateTime';
import { findNearest } from '../../domain/did-you-mean.ts';

/** Whether a text names a time zone of the IANA database (offsets such as -03:00 are none: they know no summer). */
export function isZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name) || sameButCase(name) !== undefined) return false;
  try {
    create(0n, name);
    return true;
  } catch {
    return false;
  }
}

/** The zone that was meant: by its whole name, or by its city alone, with or without accents. */
export function findZone(name: string): string | undefined {
  const plain = name.normalize('NFD').replaceAll(/\p{Mark}/gu, '');
  const zones = Intl.supportedValuesOf('timeZone');
  const byCity = new Map(zones.map((zone) => [cityOf(zone), zone]));
  const city = findNearest(cityOf(plain), byCity.keys());
  const named = findNearest(plain, zones);
  return sameButCase(plain) ?? (plain.includes('/') ? named : undefined) ?? byCity.get(city ?? '') ?? named;
}

/** The platform takes a name in any case; people shall see one spelling. */
function sameButCase(name: string): string | undefined {
  const lower = name.toLowerCase();
  return Intl.supportedValuesOf('timeZone').find((zone) => zone !== name && zone.toLowerCase() === lower);
}

function cityOf(zone: string): string {
  return zone.slice(zone.lastIndexOf('/') + 1);
}
