import * as z from 'zod';
import { DATA_CENTRE_NAMES, findDataCentre } from './domain/data-centres.ts';
import { parseDuration } from './domain/duration.ts';

/**
 * The variables of the environment, each with its grammar and the remedy that a fault tells. Rules that span several
 * variables are in config.ts.
 */
const MIN_ADMIN_TOKEN = 16;

/** The remedy travels with the schema, so that a fault can tell it. */
function variable<T extends z.ZodType>(schema: T, remedy: string): T {
  return schema.meta({ remedy });
}

const optionalText = z.string().optional();

function toUrl(text: string, protocols: readonly string[]): string | undefined {
  const url = URL.parse(text);
  if (url === null || !protocols.includes(url.protocol) || url.username !== '' || url.password !== '') return undefined;
  if (url.search !== '' || url.hash !== '') return undefined;
  return url.href.replace(/\/+$/, '');
}

const httpUrl = z.string().transform((text, context) => {
  const url = toUrl(text, ['http:', 'https:']);
  if (url !== undefined) return url;
  context.addIssue('is not a plain http(s) address');
  return z.NEVER;
});
const URL_REMEDY = 'Give an address such as https://example.org, without user name, query or fragment.';

const SWITCH = new Map([
  ...['true', 'on', 'yes', '1'].map((text) => [text, true] as const),
  ...['false', 'off', 'no', '0'].map((text) => [text, false] as const),
]);
const onOrOff = z.string().transform((text, context) => {
  const value = SWITCH.get(text.toLowerCase());
  if (value !== undefined) return value;
  context.addIssue('is neither true nor false');
  return z.NEVER;
});
const SWITCH_REMEDY = 'Give true or false.';

/** A duration of at least `leastMs`, in ms, or `off` (undefined). */
function durationOrOff(leastMs: number) {
  return z.string().transform((text, context) => {
    if (text.toLowerCase() === 'off') return undefined;
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= leastMs) return ms;
    context.addIssue(ms === undefined ? 'is neither a duration nor off' : 'is too short');
    return z.NEVER;
  });
}

/** A whole number from `low` to `high`. */
function wholeNumber(low: number, high: number) {
  const fault = `is not a whole number from ${low} to ${high}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, fault)
    .transform(Number)
    .pipe(z.int().min(low, fault).max(high, fault));
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warning', 'error', 'fatal'] as const;

/** Every variable that the service reads. Empty ones count as absent. */
export const environmentSchema = z.object({
  HOST: variable(
    z.string().regex(/^\S+$/, 'is not a host name or address').default('127.0.0.1'),
    'Give 127.0.0.1, 0.0.0.0, :: or a host name.',
  ),
  PORT: variable(
    z
      .string()
      .regex(/^\d{1,5}$/, 'is not a port number')
      .transform(Number)
      .pipe(z.int().max(65_535, 'is not a port number'))
      .default(8787),
    'Give a whole number from 0 (any free port) to 65535.',
  ),
  PUBLIC_URL: variable(httpUrl.optional(), URL_REMEDY),
  DATABASE_URL: variable(
    z
      .string()
      .refine((text) => /^postgres(?:ql)?:$/.test(URL.parse(text)?.protocol ?? ''), 'is not a PostgreSQL address')
      .optional(),
    'Give postgres://user:password@host:5432/name, or leave it out to use the embedded database in DATA_DIR.',
  ),
  DATA_DIR: variable(z.string().default('./data'), 'Give the path of a folder.'),
  RULES_DIR: variable(z.string().default('./rules'), 'Give the path of a folder.'),
  ADMIN_TOKEN: variable(
    z
      .string()
      .regex(/^[\x21-\x7e]*$/, 'holds characters that cannot travel in a header')
      .min(MIN_ADMIN_TOKEN, `is shorter than ${MIN_ADMIN_TOKEN} characters`)
      .optional(),
    'Make one with: openssl rand -hex 32',
  ),
  LOG_LEVEL: variable(
    z
      .string()
      .toLowerCase()
      .transform((text) => (text === 'warn' ? 'warning' : text))
      .pipe(z.enum(LOG_LEVELS, 'is not a log level'))
      .default('info'),
    `Give one of ${LOG_LEVELS.join(', ')}.`,
  ),
  STORE_PERSONAL_DATA: variable(onOrOff.default(false), SWITCH_REMEDY),
  WEBHOOK_VERIFY: variable(onOrOff.default(true), 'Give on; off is for trying things out on this machine.'),
  WEBHOOK_SECRET: variable(
    z
      .string()
      .regex(/^[A-Za-z0-9._~-]+$/, 'holds characters that do not fit into an address')
      .optional(),
    'Use letters, digits, "-", "_", "." and "~", for example: openssl rand -hex 16',
  ),
  ZOHO_ORG_ID: variable(optionalText, 'Zoho Desk: Setup > Developer Space > API.'),
  ZOHO_DC: variable(
    z
      .string()
      .transform((text, context) => {
        const dataCentre = findDataCentre(text);
        if (dataCentre !== undefined) return dataCentre;
        context.addIssue('is not a data centre of Zoho');
        return z.NEVER;
      })
      .prefault('com'),
    `Give one of ${DATA_CENTRE_NAMES.join(', ')}: the end of the address at which you open Zoho Desk.`,
  ),
  ZOHO_WEBHOOK_ID: variable(optionalText, 'The id of the webhook as Zoho Desk shows it.'),
  ZOHO_CLIENT_ID: variable(optionalText, 'From the API console of Zoho.'),
  ZOHO_CLIENT_SECRET: variable(optionalText, 'From the API console of Zoho.'),
  ZOHO_REFRESH_TOKEN: variable(optionalText, 'From the API console of Zoho.'),
  ZOHO_DESK_URL: variable(httpUrl.optional(), URL_REMEDY),
  ZOHO_ACCOUNTS_URL: variable(httpUrl.optional(), URL_REMEDY),
  RECONCILE_EVERY: variable(
    durationOrOff(60_000).prefault('5m'),
    'Give a duration of a minute or more such as 5m or 1h, or off.',
  ),
  ZOHO_CREDIT_BUDGET: variable(wholeNumber(0, 1_000_000).prefault('2000'), 'Give a whole number, such as 2000.'),
  DEAD_MAN_AFTER: variable(
    durationOrOff(60_000).prefault('6h'),
    'Give a duration of a minute or more such as 6h or 2d, or off.',
  ),
  DEAD_MAN_CALENDAR: variable(optionalText, 'The name of a calendar of rules/calendars.json.'),
  MAX_REASSIGNMENTS_PER_HOUR: variable(wholeNumber(1, 100).prefault('3'), 'Give a whole number from 1 to 100.'),
  SLACK_BOT_TOKEN: variable(optionalText, 'From the page OAuth & Permissions of your Slack app.'),
  SLACK_SIGNING_SECRET: variable(optionalText, 'From the page Basic Information of your Slack app.'),
  SLACK_OWNER_CHANNEL: variable(optionalText, 'A channel such as #vigia, or its id.'),
  SLACK_CARD_BUDGET: variable(
    z
      .string()
      .refine(
        (text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1_000,
        'is not a number from 1 to 1000',
      )
      .transform(Number)
      .prefault('20'),
    'How many alert cards a Slack channel gets in a minute before the rest share one card, such as 20.',
  ),
  SLACK_API_URL: variable(httpUrl.optional(), URL_REMEDY),
  HTTP_SIGNING_SECRET: variable(optionalText, 'Make one with: openssl rand -base64 32'),
  ALLOW_PRIVATE_HTTP: variable(onOrOff.default(false), SWITCH_REMEDY),
});
export type Environment = z.infer<typeof environmentSchema>;
