import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import { createDashboard } from '../dashboard/dashboard.ts';
import type { DashboardAssets, DashboardDeps, LiveHub } from '../dashboard/deps.ts';
import type { LivePace } from '../dashboard/live/pace.ts';
import { type CurrentRules, createStoreReads, type StoreReadsDeps } from '../dashboard/store-reads.ts';
import type { Clock } from '../domain/clock.ts';
import type { Directory } from '../domain/rule.ts';
import type { ExplainDeps } from '../services/explain/explain-rule.ts';
import type { Database } from '../store/database.ts';
import type { Destinations } from './destinations.ts';

interface PagesDeps {
  config: Config;
  clock: Clock;
  timeScale: number;
  database: Pick<Database, 'db'>;
  assets: DashboardAssets;
  hub: LiveHub;
  pace?: LivePace;
  destinations: Destinations;
  ruleset: () => CurrentRules;
  directory: () => Directory;
  acknowledge: (alertId: string, by: string) => Promise<unknown>;
  acknowledgeGroup: (groupId: string, by: string) => Promise<unknown>;
  accept: DashboardDeps['accept'];
  liftPause: DashboardDeps['liftPause'];
  readers: StoreReadsDeps['readers'];
  explaining: ExplainDeps;
}

/** The pages with their data from the database. */
export function createPages(deps: PagesDeps): Hono {
  const { config, clock, timeScale, assets, hub, pace, acknowledge, acknowledgeGroup, accept, readers } = deps;
  const { orgId } = config.zoho;
  return createDashboard({
    ...createStoreReads({
      db: deps.database.db,
      orgId,
      clock,
      directory: deps.directory,
      ruleset: deps.ruleset,
      readers,
      explaining: deps.explaining,
      destinations: Object.values(deps.destinations).map(({ name, connected }) => ({ name, connected })),
    }),
    clock,
    timeScale,
    assets,
    hub,
    ...(pace === undefined ? {} : { pace }),
    acknowledge,
    acknowledgeGroup,
    accept,
    liftPause: deps.liftPause,
    setup: {
      hasOrgId: orgId !== undefined,
      publicUrl: config.publicUrl,
      webhookHasSecret: config.webhook.secret !== undefined,
    },
  });
}
