import type { Config } from '../config.ts';
import { createHttpDestination } from '../delivery/http/http-destination.ts';
import type { Fetch } from '../delivery/send-request.ts';
import { createSlackDestination } from '../delivery/slack/slack-destination.ts';
import { createZohoClient, type ZohoClient } from '../delivery/zoho-desk/zoho-client.ts';
import { createZohoDestination } from '../delivery/zoho-desk/zoho-destination.ts';
import type { Destination } from '../domain/action.ts';
import type { Clock } from '../domain/clock.ts';
import type { Directory } from '../domain/rule.ts';
import { createTokenStore } from '../services/share-tokens.ts';
import { viewGroup } from '../store/alert-groups.ts';
import { findAlert } from '../store/alerts.ts';
import type { Database } from '../store/database.ts';
import { loadRecentAssignments, loadTakenFrom } from '../store/deliveries.ts';
import { takeTurn } from '../store/pace.ts';

interface Parts {
  config: Config;
  clock: Clock;
  database: Pick<Database, 'db'>;
}

/** Undefined without credentials. */
export function createZohoClientOf({ config, clock, database }: Parts): ZohoClient | undefined {
  const { orgId, credentials, deskUrl, accountsUrl } = config.zoho;
  if (orgId === undefined || credentials === undefined) return undefined;
  const tokens = createTokenStore({ db: database.db, clock, orgId });
  return createZohoClient({ deskUrl, accountsUrl, orgId, ...credentials, clock, tokens });
}

/** A turn so near is waited for in place; for a later one, the delivery makes room for others meanwhile. */
const PATIENCE_MS = 2_000;
/** Lines of a group's card: a screen, beside the count. */
const MEMBERS_SHOWN = 10;

export interface Destinations {
  slack: Destination;
  'zoho-desk': Destination;
  http: Destination;
}

/** The destinations outside; the board and the records are written by the services themselves. */
export function createDestinations(
  parts: Parts & {
    client: ZohoClient | undefined;
    directory: () => Directory;
    /** With which rules call other systems: it guards what they may reach. */
    fetch: Fetch;
  },
): Destinations {
  const { config, clock, database, client, directory } = parts;
  const { db } = database;
  const orgId = config.zoho.orgId ?? '';
  return {
    slack: createSlackDestination({
      token: config.slack.botToken,
      apiUrl: config.slack.apiUrl,
      publicUrl: config.publicUrl,
      interactive: config.slack.signingSecret !== undefined,
      clock,
      directory,
      findAlert: (org, id) => findAlert(db, org, id),
      findGroup: (org, id) => viewGroup(db, org, id, MEMBERS_SHOWN),
      async pace(key, intervalMs) {
        const turn = { intervalMs, patienceMs: PATIENCE_MS, now: clock.now() };
        const { taken, waitMs } = await takeTurn(db, { orgId, key }, turn);
        if (!taken) return { ok: false, retryAfterMs: waitMs };
        await clock.sleep(waitMs);
        return { ok: true };
      },
    }),
    'zoho-desk': createZohoDestination({
      client,
      clock,
      directory,
      recentAssignments: (org, since) => loadRecentAssignments(db, org, since),
      takenFrom: (org, sessionId, since) => loadTakenFrom(db, org, sessionId, since),
    }),
    http: createHttpDestination({
      fetch: parts.fetch,
      clock,
      ...(config.http.signingSecret === undefined ? {} : { secret: config.http.signingSecret }),
    }),
  };
}
