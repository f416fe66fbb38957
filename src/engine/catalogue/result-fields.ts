import { ACTION_STATES, type RuleActionType } from '../../domain/action.ts';
import { always, type FactField, maybe, speaking } from './field.ts';

/**
 * What later actions can read of an earlier one as `results.<id>`. All but `state` are there only once it has been
 * delivered.
 */
const STATE = always('string', 'how it ended, such as delivered, skipped or refused', { vocabulary: ACTION_STATES });
const status = (about: string) => maybe('string', about, speaking('session.status'));

const slackMessage: Record<string, FactField> = {
  channel: maybe('string', 'id of the Slack channel'),
  ts: maybe('string', 'timestamp of the message, for the param thread'),
};
const ticketId = maybe('string', 'the ticket');

const FIELDS: Record<RuleActionType, Record<string, FactField>> = {
  'slack.alert': slackMessage,
  'slack.post': slackMessage,
  'zoho.assignSession': {
    agentId: maybe('string', 'the agent who has the chat now'),
    agentName: maybe('string', "the agent's name"),
    botId: maybe('string', 'the bot that has the chat now'),
    botName: maybe('string', "the bot's name"),
    previousAssigneeId: maybe('string', 'who had it before'),
    status: status('the status of the chat after the change'),
  },
  'zoho.setSessionStatus': {
    status: status('the status of the chat after the change'),
    previousStatus: status('the status before'),
  },
  'zoho.updateTicket': { ticketId },
  'zoho.commentTicket': { ticketId, commentId: maybe('string', 'the comment') },
  'http.request': {
    status: maybe('number', 'the status of the answer'),
    body: maybe('any', 'the answer, where it is small JSON'),
  },
  'dashboard.update': {},
  record: {},
};

/** The fields of the results of an action of this type. */
export function resultFieldsOf(type: RuleActionType): Record<string, FactField> {
  return { state: STATE, ...FIELDS[type] };
}
