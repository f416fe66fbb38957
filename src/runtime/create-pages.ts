import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Hono } from 'hono';
import type { Config } from '../config.ts';
import { createDashboard } from '../dashboard/dashboard.ts';
import type { DashboardAssets, LiveHub } from '../dashboard/deps.ts';
import { type CurrentRules, createStoreReads } from '../dashboard/store-reads.ts';
import type { Clock } from '../domain/clock.ts';
import type { Directory } from '../domain/rule.ts';
import type { Database } from '../store/database.ts';
import type { Destinations } from './destinations.ts';

interface PagesDeps {
  config: Config;
  clock: Clock;
  timeScale: number;
  database: Pick<Database, 'db'>;
  hub: LiveHub;
  destinations: Destinations;
  ruleset: () => CurrentRules;
  directory: () => Directory;
  acknowledge: (alertId: string, by: string) => Promise<unknown>;
}

/** The pages on Node: their data from the database, their assets from files. */
export async function createPages(deps: PagesDeps): Promise<Hono> {
  const { config, clock, timeScale, hub, acknowledge } = deps;
  const { orgId } = config.zoho;
  return createDashboard({
    ...createStoreReads({
      db: deps.database.db,
      orgId,
      clock,
      directory: deps.directory,
      ruleset: deps.ruleset,
      destinations: Object.values(deps.destinations).map(({ name, connected }) => ({ name, connected })),
    }),
    clock,
    timeScale,
    assets: await readAssets(),
    hub,
    acknowledge,
    setup: {
      hasOrgId: orgId !== undefined,
      publicUrl: config.publicUrl,
      webhookHasSecret: config.webhook.secret !== undefined,
    },
  });
}

/** The files that pages load: ours, and htmx with its extension for server-sent events. */
export async function readAssets(): Promise<DashboardAssets> {
  const { resolve } = createRequire(import.meta.url);
  const ours = (name: string) => readFile(new URL(`../dashboard/assets/${name}`, import.meta.url), 'utf8');
  const [core, sse, css, ...scripts] = await Promise.all([
    readFile(resolve('htmx.org/dist/htmx.min.js'), 'utf8'),
    readFile(resolve('htmx.org/dist/ext/hx-sse.min.js'), 'utf8'),
    ours('vigia.css'),
    ours('time.js'),
    ours('live.js'),
    ours('theme.js'),
  ]);
  return { 'htmx.js': `${core}\n${sse}`, 'vigia.css': css, 'vigia.js': scripts.join('\n') };
}
