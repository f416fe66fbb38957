/**
 * The tables, by concern. `org_id` leads every key, so that one deployment can serve several portals and be spread by
 * portal. A comment above each table says who writes it, who reads it and what the steady state looks like; each index
 * names its query. Append-only tables are guarded by triggers (drizzle/0001_append_only.sql).
 */
export * from './schema/deliveries.ts';
export * from './schema/events.ts';
export * from './schema/groups.ts';
export * from './schema/judging.ts';
export * from './schema/mutes.ts';
export * from './schema/schedules.ts';
export * from './schema/sessions.ts';
export * from './schema/upkeep.ts';
export * from './schema/vocabulary.ts';
