import type { DeliveryOutcome } from '../../domain/action.ts';
import { cutText } from '../cut-text.ts';
import { redact } from '../redact.ts';
import { toTransportOutcome } from '../transport-fault.ts';
import { SLACK_TIMEOUT_MS, type SlackAnswer, type SlackApiOptions } from './slack-api.ts';

/** What a failed call of Slack means for a delivery, with a reason that tells a person what to do. */
export type SlackFailure = Exclude<SlackAnswer, { ok: true }>;

export interface FailureContext {
  api: SlackApiOptions;
  /** As the rule writes it, for the reason. */
  channel: string;
  /** Sending again does no harm (chat.update): a lost answer is simply tried again. */
  idempotent: boolean;
}

/** Slack's passing troubles. Some are reported after part of the work was done: a repeat may then post twice. */
const TRANSIENT = new Set([
  'rate_limited',
  'ratelimited',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'org_login_required',
  'external_channel_migrating',
  'update_failed',
]);
const PACING = new Set(['rate_limited', 'ratelimited']);

export function toSlackOutcome(failure: SlackFailure, context: FailureContext): DeliveryOutcome {
  const outcome = judge(failure, context);
  if (outcome.kind === 'uncertain' && context.idempotent) return { kind: 'retry', reason: outcome.reason };
  return outcome;
}

function judge(failure: SlackFailure, context: FailureContext): DeliveryOutcome {
  switch (failure.kind) {
    case 'transport':
      return toTransportOutcome(failure, 'Slack', context.api.timeoutMs ?? SLACK_TIMEOUT_MS);
    case 'garbled':
      return {
        kind: 'uncertain',
        reason: 'Slack answered something that is not its JSON: check SLACK_API_URL and any proxy',
      };
    case 'status':
      return judgeStatus(failure.status, failure.retryAfterMs);
    case 'error':
      return judgeError(failure, context);
  }
}

function judgeStatus(status: number, retryAfterMs: number | undefined): DeliveryOutcome {
  const wait = retryAfterMs === undefined ? {} : { afterMs: retryAfterMs };
  if (status === 429) return { kind: 'retry', reason: 'Slack asks to slow down (429)', counts: false, ...wait };
  // A gateway that lost its backend cannot say what the backend did.
  if (status === 502 || status === 504 || (status > 200 && status < 300)) {
    return { kind: 'uncertain', reason: `Slack answered ${status}, which does not say whether it was done` };
  }
  if (status >= 500 || status === 408) return { kind: 'retry', reason: `Slack answered ${status}`, ...wait };
  return { kind: 'refused', reason: `Slack answered ${status}: check SLACK_API_URL and any proxy` };
}

function judgeError(failure: Extract<SlackFailure, { kind: 'error' }>, context: FailureContext): DeliveryOutcome {
  const { error, retryAfterMs } = failure;
  if (TRANSIENT.has(error)) {
    return {
      kind: 'retry',
      reason: `Slack answered ${error}`,
      ...(PACING.has(error) ? { counts: false } : {}),
      ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }),
    };
  }
  const remedy = findRemedy(failure, context.channel);
  return { kind: 'refused', reason: redact(remedy ?? `Slack answered ${error}`, [context.api.token]) };
}

/** What a person can do about an error of Slack's; undefined when the code must speak for itself. */
export function findRemedy({ error, details, needed }: Extract<SlackFailure, { kind: 'error' }>, channel: string) {
  switch (error) {
    case 'channel_not_found':
      return `Slack finds no channel ${channel}: check the name, or invite the bot if it is private (/invite @vigia in ${channel})`;
    case 'not_in_channel':
      return `the bot is not in ${channel}: invite it with /invite @vigia in ${channel}`;
    case 'is_archived':
    case 'is_inactive':
      return `${channel} is archived: unarchive it, or name another channel in the rule`;
    case 'invalid_auth':
    case 'not_authed':
    case 'account_inactive':
    case 'token_revoked':
    case 'token_expired':
    case 'not_allowed_token_type':
      return `Slack does not accept the token (${error}): set SLACK_BOT_TOKEN to the bot token (xoxb-…) of the installed app`;
    case 'missing_scope':
      return `the Slack app lacks the scope ${needed ?? 'that this needs'}: add it under OAuth & Permissions and install the app again`;
    case 'no_permission':
    case 'ekm_access_denied':
    case 'access_denied':
    case 'restricted_action':
    case 'restricted_action_read_only_channel':
    case 'restricted_action_thread_only_channel':
    case 'restricted_action_non_threadable_channel':
      return `the settings of the workspace keep the bot from posting in ${channel} (${error}): ask its admins`;
    case 'msg_too_long':
    case 'msg_blocks_too_long':
      return 'the message is too long for Slack: shorten the text in the rule';
    case 'no_text':
      return 'the message is empty: check what the text in the rule renders to';
    case 'thread_not_found':
    case 'cannot_reply_to_message':
      return 'the message to answer in its thread is gone: check thread in the rule';
    case 'invalid_blocks':
    case 'invalid_blocks_format':
    case 'invalid_arguments':
      return `Slack cannot read the message (${[error, ...details].map((text) => cutText(text, 200)).join('; ')}): check blocks in the rule`;
    default:
      return undefined;
  }
}
