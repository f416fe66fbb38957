/**
 * A stand-in for Slack: the Web API on a real socket with its limits and errors, and a page at `/` that shows the
 * channels. What it holds can be read by tests: `messages('#chat-ops')`, each with its edits.
 *
 * @example
 * const slack = createSlackStandIn({ clock: systemClock });
 * await slack.start();
 * const client = new WebClient(slack.token, { slackApiUrl: slack.apiUrl });
 */
import type { Context } from 'hono';
import type { Clock } from '../../domain/clock.ts';
import { AppError } from '../../domain/errors.ts';
import { isJsonObject } from '../../domain/json.ts';
import type { Call } from '../http/calls.ts';
import type { Faults } from '../http/faults.ts';
import { createLocalServer } from '../http/local-server.ts';
import { createStandInApp, sendAnswer } from '../http/stand-in-app.ts';
import { sandboxWorld, type World } from '../world.ts';
import { chatMethods } from './chat-methods.ts';
import { directoryMethods } from './directory-methods.ts';
import type { SlackArguments, SlackMethod } from './method.ts';
import { addPage } from './page/page.ts';
import { createPlayClick, type PlayClick } from './play-click.ts';
import { createRateLimiter, SLACK_LIMITS, type SlackLimits } from './rate-limits.ts';
import { rateLimited, SlackRefusal, slackFaultPresets } from './refusals.ts';
import { createWorkspace, type SlackChannel, type SlackMessage, type Workspace } from './workspace.ts';

export const SLACK_SCOPES = [
  'chat:write',
  'channels:read',
  'channels:join',
  'channels:history',
  'users:read',
  'users:read.email',
];

export interface SlackStandInOptions {
  clock: Clock;
  /** Default 0: any free one. */
  port?: number;
  /** Default: the sandbox's workspace. */
  world?: World['slack'];
  /** What the token may do; default everything that the stand-in knows. */
  scopes?: readonly string[];
  /** `off` for tests that are about something else. */
  limits?: Partial<SlackLimits> | 'off';
  /** After this time a message can no longer be edited; default never. */
  editWindowMs?: number;
  /** Zone of the page's times; default America/Sao_Paulo. */
  timeZone?: string;
}

export interface SlackStandIn {
  /** Address of the page. */
  readonly url: string;
  /** `SLACK_API_URL`. */
  readonly apiUrl: string;
  /** `SLACK_BOT_TOKEN`. */
  readonly token: string;
  /** `SLACK_SIGNING_SECRET`. */
  readonly signingSecret: string;
  readonly workspace: Workspace;
  readonly channels: readonly SlackChannel[];
  /** What a channel holds, oldest first, by id, `name` or `#name`; throws `not_found` for an unknown one. */
  messages(channel: string): readonly SlackMessage[];
  /** Sets the app's address for interactions, as its page Interactivity & Shortcuts does. */
  sendInteractionsTo(url: string): void;
  /** Somebody clicks on an element of a message; the page does it for its viewer. */
  click: PlayClick;
  readonly faults: Faults;
  /** Every call of the Web API that came, oldest first. */
  readonly calls: readonly Call[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

const methods: Record<string, SlackMethod> = { ...chatMethods, ...directoryMethods };

export function createSlackStandIn(options: SlackStandInOptions): SlackStandIn {
  const { clock, scopes = SLACK_SCOPES, editWindowMs } = options;
  const world = options.world ?? sandboxWorld.slack;
  const workspace = createWorkspace(clock, world);
  const limiter = createRateLimiter(clock);
  const limits = options.limits === 'off' ? undefined : { ...SLACK_LIMITS, ...options.limits };
  const { app, faults, log } = createStandInApp(clock, slackFaultPresets, '/api/*');
  const server = createLocalServer((request, env) => app.fetch(request, env), options.port);

  app.onError((error, c) => {
    if (error instanceof SlackRefusal) return sendAnswer(c, error.answer);
    // A fault of the stand-in itself: it must not look like one of Slack's.
    console.error(error);
    return c.text('The stand-in failed.', 500);
  });

  app.on(['GET', 'POST'], '/api/:method', async (c) => {
    const name = c.req.param('method');
    const method = methods[name];
    if (method === undefined) throw new SlackRefusal('unknown_method', { req_method: name });
    const args = await readArguments(c);
    checkToken(c, args, world.botToken);
    c.header('x-oauth-scopes', scopes.join(','));
    if (method.scope !== undefined && !scopes.includes(method.scope)) {
      throw new SlackRefusal('missing_scope', { needed: method.scope, provided: scopes.join(',') });
    }
    const context = { workspace, args, baseUrl: server.url, editWindowMs, now: clock.now() };
    if (limits !== undefined) {
      const { key, limit } = method.limit(limits, context);
      const waitMs = limiter.take(key, limit);
      if (waitMs > 0) return sendAnswer(c, rateLimited(Math.ceil(waitMs / 1000)));
    }
    return c.json({ ok: true, ...method.run(context) });
  });
  let interactionsUrl: string | undefined;
  const click = createPlayClick({ workspace, clock, address: () => interactionsUrl });
  addPage(app, { workspace, click, timeZone: options.timeZone ?? 'America/Sao_Paulo' });

  return {
    get url() {
      return server.url;
    },
    get apiUrl() {
      return `${server.url}/api/`;
    },
    token: world.botToken,
    signingSecret: world.signingSecret,
    workspace,
    channels: workspace.channels,
    click,
    sendInteractionsTo(url) {
      interactionsUrl = url;
    },
    messages: (name) => {
      const channel = workspace.findChannelToPost(name);
      if (channel === undefined) throw new AppError('not_found', `The stand-in has no Slack channel ${name}.`);
      return channel.messages;
    },
    faults,
    calls: log.calls,
    start: server.start,
    stop: server.stop,
  };
}

/** Form fields or JSON, and the query beside them. */
async function readArguments(c: Context): Promise<SlackArguments> {
  const text = await c.req.text();
  if (!c.req.header('content-type')?.startsWith('application/json')) {
    return { ...c.req.query(), ...Object.fromEntries(new URLSearchParams(text)) };
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (isJsonObject(parsed)) return { ...c.req.query(), ...parsed };
  } catch {
    throw new SlackRefusal('invalid_json');
  }
  throw new SlackRefusal('json_not_object');
}

function checkToken(c: Context, args: SlackArguments, token: string): void {
  const sent = /^Bearer (\S+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? args.token;
  if (sent === undefined || sent === '') throw new SlackRefusal('not_authed');
  if (sent !== token) throw new SlackRefusal('invalid_auth');
}
