import { sql } from 'drizzle-orm';
import { openPostgres } from '../../src/runtime/open-postgres.ts';
import type { SlackStandIn } from '../../src/sandbox/slack/slack-stand-in.ts';
import type { ZohoStandIn } from '../../src/sandbox/zoho/zoho-stand-in.ts';
import { type Db, rowsOf } from '../../src/store/database.ts';
import { createPostgresDatabase } from './databases.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { ADMIN_TOKEN, postWebhook, startSurroundings } from './surroundings.ts';
import { until } from './wait.ts';

/**
 * A whole installation on PostgreSQL: any number of real server processes on one database, between a Zoho Desk and a Slack
 * of their own. Requests go to its processes in turn, as from a load balancer.
 */
export interface Installation {
  zoho: ZohoStandIn;
  slack: SlackStandIn;
  db: Db;
  /** The processes that run, oldest first. */
  readonly servers: readonly ServerProcess[];
  /** Starts another process. */
  grow(): Promise<void>;
  /** Ends the oldest process with -9. */
  killOldest(): Promise<void>;
  /** Posts items as Zoho does: again, to whichever process is next, until one answers 200. @returns how many posts it took */
  post(items: readonly object[]): Promise<number>;
  /** Waits until no event, no due hold and no action waits. */
  settle(): Promise<void>;
  /** A counter of each running process by its address, summed over its labels. */
  readCounter(name: string): Promise<[url: string, count: number][]>;
  stop(): Promise<void>;
}

export async function startInstallation(processes: number, rules: Record<string, object>): Promise<Installation> {
  const closers: (() => unknown)[] = [];
  const database = await createPostgresDatabase();
  closers.push(database.drop);
  const { zoho, slack, env: around, stop } = await startSurroundings(rules);
  closers.push(stop);
  const env = { ...around, DATABASE_URL: database.url };
  const servers = await Promise.all(Array.from({ length: processes }, () => startServer(env)));
  closers.push(() => Promise.all(servers.map((server) => server.kill())));
  const { db, close } = await openPostgres(database.url);
  closers.push(close);
  let turn = 0;

  async function postOnce(items: readonly object[]): Promise<boolean> {
    turn += 1;
    const server = servers[turn % servers.length];
    return server !== undefined && (await postWebhook(server.url, zoho, items));
  }

  return {
    zoho,
    slack,
    db,
    servers,
    async grow() {
      servers.push(await startServer(env));
    },
    async killOldest() {
      await servers[0]?.kill('SIGKILL');
      servers.shift();
    },
    async post(items) {
      let posts = 0;
      await until('an answer of 200', async () => {
        posts += 1;
        return (await postOnce(items)) || undefined;
      });
      return posts;
    },
    async settle() {
      await until(
        'nothing waits',
        async () => {
          const [row] = rowsOf<{ waiting: number }>(
            await db.execute(sql`select (
            (select count(*) from inbox)
            + (select count(*) from holds where next_at < now())
            + (select count(*) from actions where finished_at is null))::int as waiting`),
          );
          return row?.waiting === 0 || undefined;
        },
        90_000,
      );
    },
    readCounter: (name) =>
      Promise.all(
        servers.map(async ({ url }): Promise<[string, number]> => {
          const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
          const lines = (await response.text()).split('\n').filter((line) => line.startsWith(`${name}{`));
          return [url, lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)];
        }),
      ),
    async stop() {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
}
