import { always, type FactField, maybe, objectOf, speaking } from './field.ts';

/**
 * Fields of the `event` fact: the envelope's own, then those of the event types that are known field by field. Any
 * other field is kept as the source sent it and may be read too.
 */
export const ENVELOPE_FIELDS: Record<string, FactField> = {
  type: always('string', "the source's own event type", speaking('event.type')),
  time: always('time', 'when it happened, as the source says'),
  previous: maybe('any', 'the fields before the change, of *_Update events'),
};

export const EVENT_FIELDS: Record<string, Record<string, FactField>> = {
  IM_Session_Status: {
    sessionId: maybe('string', 'the chat'),
    sessionStatus: maybe('string', 'its new status', speaking('session.status')),
    sessionOldStatus: maybe('string', 'its old status, as Zoho says', speaking('session.status')),
    replyStatus: maybe('string', 'whether and why not an answer can be sent', speaking('session.replyStatus')),
    currentAssigneeId: maybe('string', 'Zoho user id (ZUID) of the assignee'),
    assigneeType: maybe('string', 'AGENT or BOT', speaking('session.assigneeType')),
    channelId: maybe('string', 'the channel'),
    messagesCount: maybe('number', 'messages so far'),
  },
  IM_Message_Add: {
    id: maybe('string', 'the message'),
    sessionId: maybe('string', 'the chat'),
    channelId: maybe('string', 'the channel'),
    integration: maybe('string', 'kind of channel', speaking('channel.integration')),
    direction: maybe('string', 'IN from the customer, OUT to the customer', speaking('message.direction')),
    messageType: maybe('string', 'kind of message', speaking('message.type')),
    status: maybe('string', 'how far the message got', speaking('message.status')),
    text: maybe('string', 'what was said', { personal: true }),
    createdTime: maybe('any', 'when it was written, epoch milliseconds'),
    actor: objectOf('who wrote it', {
      type: maybe('string', 'kind of author', speaking('actor.type')),
      contactId: maybe('string', 'the contact'),
      name: maybe('string', 'name of the author', { personal: true }),
      externalId: maybe('string', 'phone number or handle', { personal: true }),
    }),
    meta: objectOf('the ticket of the chat', {
      DESK_TICKET_ID: maybe('string', 'id of the ticket'),
      DESK_TICKET_NUMBER: maybe('string', 'number of the ticket'),
    }),
  },
};
