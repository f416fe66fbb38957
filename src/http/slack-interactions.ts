import { getLogger } from '@logtape/logtape';
import { Hono } from 'hono';
import { describeRoute } from 'hono-openapi';
import { AppError } from '../domain/errors.ts';
import { type Interaction, parseInteraction } from '../ingress/slack/parse-interaction.ts';
import { verifySlackSignature } from '../ingress/slack/verify-signature.ts';
import type { AppDeps, AppEnv } from './app-deps.ts';
import { describeProblem } from './problem.ts';
import { readBody } from './read-body.ts';

/**
 * Where Slack tells of clicks on cards. It wants its answer within three seconds and shows people an error otherwise, so
 * the answer waits for what a click does no longer than two: the rest goes on behind it, whatever the database does.
 *
 *   200  heard, also where it is no click of ours
 *   400  cannot be read
 *   401  not proven to come from Slack
 *   404  no signing secret is set: nobody is listening
 *   413  more than 512 KiB: a click carries the whole message
 */
const MAX_BODY = 512 * 1024;
const PATIENCE_MS = 2_000;

const log = getLogger(['vigia', 'slack']);

/** To be mounted at `/slack/interactions`. */
export function createSlackInteractions(deps: AppDeps): Hono<AppEnv> {
  const { config, clock } = deps;
  const secret = config.slack.signingSecret;

  async function handle(interaction: Interaction): Promise<void> {
    const work = deps.slackClicked(interaction);
    deps.keepAlive?.(work);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS);
    });
    await Promise.race([work, patience]);
    clearTimeout(timer);
  }

  return new Hono<AppEnv>().post('/', describeReceive, async (c) => {
    if (secret === undefined) {
      throw new AppError('not_found', 'Clicks in Slack are not listened to.', { remedy: 'Set SLACK_SIGNING_SECRET.' });
    }
    const body = await readBody(c.req, MAX_BODY);
    if (body === undefined) throw new AppError('too_large', 'The body has more than 512 KiB.');
    const timestamp = c.req.header('x-slack-request-timestamp');
    const signature = c.req.header('x-slack-signature');
    const verified = verifySlackSignature(secret, { timestamp, signature, body }, clock.now());
    if (!verified.ok) {
      log.warning('a click was answered 401: check {check} failed', { check: verified.check });
      throw new AppError('unauthorized', 'The signature does not prove that Slack sent this.', {
        remedy: 'SLACK_SIGNING_SECRET has to be that of the app; the log names the check.',
      });
    }
    const parsed = parseInteraction(body);
    if (!parsed.ok) throw new AppError('bad_request', `Cannot be read: ${parsed.reason}.`);
    if (parsed.kind === 'click') await handle(parsed.interaction);
    return c.body(null, 200);
  });
}

const describeReceive = describeRoute({
  tags: ['webhooks'],
  summary: 'Takes clicks on cards from Slack: a form whose payload is JSON',
  parameters: ['X-Slack-Request-Timestamp', 'X-Slack-Signature'].map((name) => ({
    in: 'header',
    name,
    required: true,
    schema: { type: 'string' },
  })),
  requestBody: {
    required: true,
    content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', required: ['payload'] } } },
  },
  responses: {
    200: { description: 'Heard' },
    400: describeProblem('Cannot be read'),
    401: describeProblem('Not proven to come from Slack'),
    404: describeProblem('No signing secret is set'),
    413: describeProblem('More than 512 KiB'),
  },
});
