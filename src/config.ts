import type * as z from 'zod';
import { type DataCentreName, jwksUrlOf } from './domain/data-centres.ts';
import { isLoopback } from './domain/loopback.ts';
import { type Environment, environmentSchema, type LOG_LEVELS } from './environment.ts';

/**
 * The environment, read and checked once; everything else gets its part of `Config` passed in. All faults are told at
 * once, each with its remedy. No message ever shows the value of a variable: most of them are secrets or carry one.
 * `.env.example` explains each variable; a test holds the two together.
 */
export interface ConfigFault {
  variable: string;
  message: string;
  remedy: string;
}

export type ParsedConfig =
  | { ok: true; config: Config; warnings: ConfigFault[] }
  | { ok: false; faults: ConfigFault[]; warnings: ConfigFault[] };

/** Zoho refuses a webhook address longer than this when it is changed (500 on creation). */
const MAX_WEBHOOK_URL = 100;
const WEBHOOK_PATH = '/webhooks/zoho-desk';
/** A secret in the address shorter than this can be guessed by trying. */
const MIN_GOOD_SECRET = 16;

/** What the service runs with; deeply frozen. Holds secrets: never log it whole. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Whether the server can only be reached from this machine. */
  readonly listensOnLoopback: boolean;
  /** Without a slash at the end. */
  readonly publicUrl: string | undefined;
  readonly database:
    | { readonly kind: 'postgres'; readonly url: string }
    | { readonly kind: 'pglite'; readonly dataDir: string };
  readonly rulesDir: string;
  readonly adminToken: string | undefined;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly storePersonalData: boolean;
  readonly webhook: { readonly verify: boolean; readonly secret: string | undefined };
  readonly zoho: {
    readonly orgId: string | undefined;
    readonly webhookId: string | undefined;
    readonly dataCentre: DataCentreName;
    readonly deskUrl: string;
    readonly accountsUrl: string;
    readonly jwksUrl: string;
    /** Undefined unless all three are there: the destination is then not connected. */
    readonly credentials:
      | { readonly clientId: string; readonly clientSecret: string; readonly refreshToken: string }
      | undefined;
  };
  readonly slack: {
    readonly botToken: string | undefined;
    readonly signingSecret: string | undefined;
    /** Where what concerns Vigia itself is told: values never seen, a webhook that fell silent. */
    readonly ownerChannel: string | undefined;
    /** Alert cards of their own that a channel gets in a minute; what is over it shares one card. */
    readonly cardBudget: number;
    /** Without a slash at the end; undefined for Slack itself. */
    readonly apiUrl: string | undefined;
  };
  /** Reading changed chats again; `everyMs` undefined: never. Credits are Zoho's, of one day (UTC). */
  readonly reconcile: { readonly everyMs: number | undefined; readonly creditsPerDay: number };
  /** How long no event may come until people are told; undefined: they never are. */
  readonly deadManAfterMs: number | undefined;
  /** Only the time in which this calendar is open counts; undefined: all of it does. */
  readonly deadManCalendar: string | undefined;
  /** How often rules may give one chat to somebody else within an hour. */
  readonly maxReassignmentsPerHour: number;
  /** For the action http.request. */
  readonly http: { readonly signingSecret: string | undefined; readonly allowPrivate: boolean };
}

/** Reads the environment. Never throws; `faults` is never empty when it is not ok. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): ParsedConfig {
  const given = readGiven(env);
  const parsed = environmentSchema.safeParse(given);
  const faults = [...(parsed.success ? [] : parsed.error.issues.map(toFault)), ...findConflicts(given)];
  const warnings = findMisspelled(env);
  if (!parsed.success || faults.length > 0) return { ok: false, faults, warnings };
  return { ok: true, config: toConfig(parsed.data), warnings: [...warnings, ...findWeaknesses(parsed.data)] };
}

/** The variables of the schema that have a value, trimmed: `KEY=` in an env file means absent. */
function readGiven(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(environmentSchema.shape)) {
    const value = env[name]?.trim();
    if (value) given[name] = value;
  }
  return given;
}

function toFault(issue: z.core.$ZodIssue): ConfigFault {
  const name = String(issue.path[0]);
  const schema = Object.entries(environmentSchema.shape).find(([key]) => key === name)?.[1];
  const remedy = schema?.meta()?.remedy;
  return { variable: name, message: `${name} ${issue.message}.`, remedy: typeof remedy === 'string' ? remedy : '' };
}

/** Faults of variables taken together; each side is judged by itself, so that they are told beside other faults. */
function findConflicts(given: Record<string, string>): ConfigFault[] {
  const shape = environmentSchema.shape;
  const faults: ConfigFault[] = [];
  const verify = shape.WEBHOOK_VERIFY.safeParse(given.WEBHOOK_VERIFY);
  const host = shape.HOST.safeParse(given.HOST);
  if (verify.data === false && host.success && !isLoopback(host.data)) {
    faults.push({
      variable: 'WEBHOOK_VERIFY',
      message: 'WEBHOOK_VERIFY is off while HOST can be reached from other machines: anybody could send events.',
      remedy: 'Set WEBHOOK_VERIFY=on, or HOST=127.0.0.1.',
    });
  }
  const publicUrl = shape.PUBLIC_URL.safeParse(given.PUBLIC_URL).data;
  const room = MAX_WEBHOOK_URL - (publicUrl ?? 'https://').length - WEBHOOK_PATH.length - 1;
  if (given.WEBHOOK_SECRET !== undefined && given.WEBHOOK_SECRET.length > room) {
    faults.push({
      variable: 'WEBHOOK_SECRET',
      message: `WEBHOOK_SECRET makes the webhook's address longer than the ${MAX_WEBHOOK_URL} characters that Zoho accepts.`,
      remedy: room > 0 ? `Use at most ${room} characters, or a shorter PUBLIC_URL.` : 'Use a shorter PUBLIC_URL.',
    });
  }
  return faults;
}

function toConfig(env: Environment): Config {
  const dataCentre = env.ZOHO_DC;
  const deskUrl = env.ZOHO_DESK_URL ?? dataCentre.deskUrl;
  const { ZOHO_CLIENT_ID: clientId, ZOHO_CLIENT_SECRET: clientSecret, ZOHO_REFRESH_TOKEN: refreshToken } = env;
  return deepFreeze({
    host: env.HOST,
    port: env.PORT,
    listensOnLoopback: isLoopback(env.HOST),
    publicUrl: env.PUBLIC_URL,
    database:
      env.DATABASE_URL === undefined
        ? { kind: 'pglite', dataDir: env.DATA_DIR }
        : { kind: 'postgres', url: env.DATABASE_URL },
    rulesDir: env.RULES_DIR,
    adminToken: env.ADMIN_TOKEN,
    logLevel: env.LOG_LEVEL,
    storePersonalData: env.STORE_PERSONAL_DATA,
    webhook: { verify: env.WEBHOOK_VERIFY, secret: env.WEBHOOK_SECRET },
    zoho: {
      orgId: env.ZOHO_ORG_ID,
      webhookId: env.ZOHO_WEBHOOK_ID,
      dataCentre: dataCentre.name,
      deskUrl,
      accountsUrl: env.ZOHO_ACCOUNTS_URL ?? dataCentre.accountsUrl,
      jwksUrl: jwksUrlOf(deskUrl),
      credentials:
        clientId !== undefined && clientSecret !== undefined && refreshToken !== undefined
          ? { clientId, clientSecret, refreshToken }
          : undefined,
    },
    slack: {
      botToken: env.SLACK_BOT_TOKEN,
      signingSecret: env.SLACK_SIGNING_SECRET,
      ownerChannel: env.SLACK_OWNER_CHANNEL,
      cardBudget: env.SLACK_CARD_BUDGET,
      apiUrl: env.SLACK_API_URL,
    },
    reconcile: { everyMs: env.RECONCILE_EVERY, creditsPerDay: env.ZOHO_CREDIT_BUDGET },
    deadManAfterMs: env.DEAD_MAN_AFTER,
    deadManCalendar: env.DEAD_MAN_CALENDAR,
    maxReassignmentsPerHour: env.MAX_REASSIGNMENTS_PER_HOUR,
    http: { signingSecret: env.HTTP_SIGNING_SECRET, allowPrivate: env.ALLOW_PRIVATE_HTTP },
  });
}

/** What works, but not as one may think. */
function findWeaknesses(env: Environment): ConfigFault[] {
  const warnings: ConfigFault[] = [];
  const warn = (variable: string, message: string, remedy: string) => warnings.push({ variable, message, remedy });
  if (env.ZOHO_ORG_ID === undefined) {
    warn(
      'ZOHO_ORG_ID',
      'ZOHO_ORG_ID is not set: the webhook receiver answers 503.',
      'Set it to the id of your portal.',
    );
  }
  if (!env.WEBHOOK_VERIFY) {
    warn('WEBHOOK_VERIFY', 'WEBHOOK_VERIFY is off: events are taken unproven.', 'Set WEBHOOK_VERIFY=on.');
  } else if (env.ZOHO_ORG_ID !== undefined && env.ZOHO_WEBHOOK_ID === undefined) {
    warn(
      'ZOHO_WEBHOOK_ID',
      'ZOHO_WEBHOOK_ID is not set: any webhook of the portal is believed.',
      'Set it to the id that Zoho Desk shows for the webhook.',
    );
  }
  if (env.ADMIN_TOKEN === undefined && !isLoopback(env.HOST)) {
    warn(
      'ADMIN_TOKEN',
      'ADMIN_TOKEN is not set: the board and the API answer 401.',
      'Make one with: openssl rand -hex 32',
    );
  }
  if (env.WEBHOOK_SECRET !== undefined && env.WEBHOOK_SECRET.length < MIN_GOOD_SECRET) {
    warn(
      'WEBHOOK_SECRET',
      `WEBHOOK_SECRET is shorter than ${MIN_GOOD_SECRET} characters.`,
      'Make one with: openssl rand -hex 16',
    );
  }
  if (env.PUBLIC_URL !== undefined && env.PUBLIC_URL.length + WEBHOOK_PATH.length > MAX_WEBHOOK_URL) {
    warn(
      'PUBLIC_URL',
      `PUBLIC_URL makes the webhook's address longer than the ${MAX_WEBHOOK_URL} characters that Zoho accepts.`,
      'Use a shorter host name.',
    );
  }
  const credentials = ['ZOHO_CLIENT_ID', 'ZOHO_CLIENT_SECRET', 'ZOHO_REFRESH_TOKEN'] as const;
  const missing = credentials.filter((name) => env[name] === undefined);
  if (missing.length > 0 && missing.length < credentials.length) {
    warn(
      missing[0] ?? '',
      `Zoho Desk stays "not connected": ${missing.join(' and ')} not set.`,
      'Set all three, or none.',
    );
  }
  return warnings;
}

/** Variables of the environment that look like one of ours with a slip of the pen. */
function findMisspelled(env: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  const known = Object.keys(environmentSchema.shape).filter((name) => name.includes('_'));
  const squeeze = (name: string) =>
    name
      .toUpperCase()
      .replace(/[^A-Z]/g, '')
      .replace(/S$/, '');
  const bySqueezed = new Map(known.map((name) => [squeeze(name), name]));
  return Object.keys(env).flatMap((name) => {
    const meant = bySqueezed.get(squeeze(name));
    if (meant === undefined || meant === name || env[meant] !== undefined || known.includes(name)) return [];
    return [{ variable: name, message: `${name} is not read.`, remedy: `Did you mean ${meant}?` }];
  });
}

function deepFreeze<T extends object>(value: T): T {
  for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) deepFreeze(child);
  return Object.freeze(value);
}
