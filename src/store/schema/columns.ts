import { customType, text } from 'drizzle-orm/pg-core';

/**
 * An instant: `timestamptz(3)` in the database (people read it, SQL computes with it), epoch milliseconds here.
 * The drivers disagree on what they return (Date, or text such as `2026-03-02 13:00:00.5+00`), so both are accepted.
 */
export const instant = customType<{ data: number; driverData: string | Date }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (ms) => new Date(ms).toISOString(),
  fromDriver: (value) => (value instanceof Date ? value : new Date(value)).getTime(),
});

/** Leads every key, so that one deployment can serve several portals and be spread by portal. */
export const orgId = () => text('org_id').notNull();
