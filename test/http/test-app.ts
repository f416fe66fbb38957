import type { Hono } from 'hono';
import { createManualClock, type ManualClock } from '../../src/domain/clock.ts';
import { createMetrics } from '../../src/domain/metrics.ts';
import type { AppDeps, AppEnv, HttpConfig } from '../../src/http/app-deps.ts';
import { createApp } from '../../src/http/create-app.ts';
import type { ParsedItem } from '../../src/ingress/parsed-item.ts';
import type { Db } from '../../src/store/database.ts';

export const NOW = Date.parse('2026-03-02T13:00:00Z');
export const ORG_ID = '106553778';
export const ADMIN_TOKEN = 'an-admin-token-of-27-chars!';
export const BEARER = { authorization: `Bearer ${ADMIN_TOKEN}` };

export interface TestApp {
  app: Hono<AppEnv>;
  clock: ManualClock;
  /** What was handed to ingest, one entry per request. */
  ingested: ParsedItem[][];
  /** The commands that were called: `acknowledge <id> by <who>`. */
  commands: string[];
}

/** The application with stand-ins for the services; what a test needs otherwise it passes in. */
export function createTestApp({
  config,
  ...changes
}: Partial<Omit<AppDeps, 'config'>> & { config?: Partial<HttpConfig> } = {}): TestApp {
  const clock = createManualClock(NOW);
  const ingested: ParsedItem[][] = [];
  const commands: string[] = [];
  const command = (name: string) => async (_orgId: string, id: string, by: string) => {
    commands.push(`${name} ${id} by ${by}`);
  };
  const app = createApp({
    config: {
      adminToken: ADMIN_TOKEN,
      listensOnLoopback: false,
      publicUrl: undefined,
      webhook: { verify: false, secret: undefined },
      zoho: { orgId: ORG_ID },
      slack: { signingSecret: undefined },
      reconcile: { everyMs: 300_000, creditsPerDay: 2_000 },
      ...config,
    },
    clock,
    db: noDatabase(),
    databaseState: () => ({ ok: true }),
    verifier: undefined,
    async ingest(items) {
      ingested.push([...items]);
      const stored = items.filter(({ ok }) => ok).length;
      return { stored, repeated: 0, rejected: items.length - stored };
    },
    acknowledgeAlert: command('acknowledge'),
    snoozeAlert: async (_orgId, id, { by, forMs }) => {
      commands.push(`snooze ${id} by ${by} for ${forMs}`);
    },
    resolveAlert: command('resolve'),
    acknowledgeGroup: command('acknowledge group'),
    resolveGroup: command('resolve group'),
    retryAction: command('retry'),
    acceptVocabulary: () => Promise.reject(new Error('this test accepts nothing')),
    vocabularyReaders: () => [],
    slackClicked: () => Promise.reject(new Error('this test hears no clicks')),
    mutes: noMutes,
    explain: () => Promise.reject(new Error('this test explains nothing')),
    currentRuleset: () => undefined,
    metrics: createMetrics(),
    ...changes,
  });
  return { app, clock, ingested, commands };
}

/** A database for tests that must not ask one: whatever is called on it throws. */
function noDatabase(): Db {
  const refuse = () => {
    throw new Error('this test has no database');
  };
  return new Proxy({}, { get: () => refuse }) as Db;
}

export function statusItem(changes: Record<string, unknown> = {}) {
  return {
    payload: { sessionId: '65403000000038063', sessionStatus: 'ON_HOLD', sessionOldStatus: 'OPEN' },
    eventTime: String(NOW),
    eventType: 'IM_Session_Status',
    orgId: ORG_ID,
    ...changes,
  };
}

const refuse = () => Promise.reject(new Error('this test has no silences and pauses'));
const noMutes: AppDeps['mutes'] = {
  previewSilence: refuse,
  createSilence: refuse,
  extendSilence: refuse,
  liftSilence: refuse,
  createPause: refuse,
  liftPause: refuse,
};
