import type { Language } from './language.ts';

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

function list(parts: readonly string[], word: string): string {
  if (parts.length <= 1) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`;
}

function often(times: number): string {
  return times === 1 ? 'once' : times === 2 ? 'twice' : `${times} times`;
}

export const en: Language = {
  tag: 'en',
  and: (parts) => list(parts, 'and'),
  or: (parts) => list(parts, 'or'),
  not: (part) => `it is not so that ${part}`,
  subject: { first: 'a chat', firstOwn: "a chat's", again: 'it', againOwn: 'its' },
  duration(ms) {
    let rest = ms;
    const parts = UNITS.flatMap(([unit, unitMs]) => {
      const count = Math.floor(rest / unitMs);
      rest -= count * unitMs;
      return count === 0 ? [] : [`${count} ${unit}${count === 1 ? '' : 's'}`];
    });
    return list(parts, 'and') || 'no time';
  },
  values: {
    CREATED: 'new',
    OPEN: 'open',
    ON_PROGRESS: 'in progress',
    ON_HOLD: 'on hold',
    ENDED: 'ended',
    BLOCKED: 'blocked',
    MISSED: 'missed',
    AGENT: 'an agent',
    BOT: 'a bot',
  },
  fields: {
    'session.previousStatus': 'status before',
    'session.replyStatus': 'reply status',
    'session.assigneeId': 'assignee',
    'session.channelId': 'channel',
    'session.integration': 'kind of channel',
    'session.messagesCount': 'number of messages',
    'session.messagesIn': 'number of messages from the customer',
    'session.messagesOut': 'number of messages to the customer',
    'session.holds': 'number of times on hold',
    'session.reassignments': 'number of reassignments',
    'session.createdAt': 'beginning',
    'session.firstAssignedAt': 'first assignment',
    'session.firstResponseAt': 'first answer',
    'session.lastInboundAt': 'last message from the customer',
    'session.lastOutboundAt': 'last message to the customer',
    'session.statusSince': 'last change of status',
    'session.waitingSince': 'unanswered message',
    'session.endedAt': 'end',
    'session.ticketId': 'ticket',
    'session.contactId': 'contact',
    'channel.id': 'channel',
    'channel.name': "channel's name",
    'channel.integration': 'kind of channel',
    'channel.departmentId': "channel's department",
    'transition.from': 'status before the event',
    'transition.to': 'status after the event',
    'event.direction': "message's direction",
    'event.messageType': 'kind of message',
  },
  standalone: {
    fields: {
      'queue.count': 'the number of chats',
      'queue.oldestSeconds': 'the longest time (seconds) of the chats',
      'queue.p50Seconds': 'the median time (seconds) of the chats',
      'queue.p95Seconds': 'the time (seconds) that one in twenty exceeds of the chats',
      'history.count': 'the number of times',
      'agent.openSessions': "the agent's number of open chats",
      'channel.silentSeconds': "the channel's silence (seconds)",
      'channel.usualSilenceSeconds': "the channel's usual silence (seconds)",
      'clock.weekday': 'the day of the week (UTC)',
      'clock.hour': 'the hour (UTC)',
    },
    countOnChannel: (status) => `the number of chats on the channel that are ${status}`,
    asked: {
      status: (words) => `that are ${words}`,
      entered: (words) => `it became ${words}`,
      event: (types) => `that ${types} came`,
      unassigned: (isSo) => (isSo ? 'and that nobody has' : 'and that somebody has'),
      olderThan: (duration) => `for at least ${duration}`,
      within: (duration) => `within ${duration}`,
      channel: (name) => `on ${name}`,
      department: (name) => `in ${name}`,
      by: { session: 'for the chat', channel: 'on the channel', assignee: 'with the assignee' },
    },
    known: (field, isSo) => `${field} is ${isSo ? '' : 'not '}known`,
    hours: (calendar, isOpen) => `${calendar} is ${isOpen ? 'open' : 'closed'}`,
  },
  phrases: {
    'agent.online equal false': 'an agent is offline',
    'agent.online equal true': 'an agent is online',
    'channel.unusuallySilent equal true': 'a channel has been silent for unusually long',
    'event.status equal "FAILED"': 'the message has failed',
    'session.assigneeId exists false': 'nobody has {it}',
    'session.assigneeId exists true': 'somebody has {it}',
    'session.waitingSince exists true': '{its} customer waits for an answer',
    'session.waitingSince exists false': '{its} customer waits for no answer',
    'session.firstResponseAt exists false': '{it} never got an answer',
    'session.lastOutboundAt exists true': '{it} got an answer',
    'session.ticketId exists true': '{its} ticket is known',
    'transition.to exists true': 'the event names a status',
    'session.assigneeType equal "AGENT"': '{it} is with an agent',
    'session.assigneeType equal "BOT"': '{it} is with a bot',
    'event.direction equal "IN"': 'the message is from the customer',
    'event.direction equal "OUT"': 'the message is to the customer',
    'transition.assigneeChanged equal true': 'somebody else has {it} now',
    'transition.gap equal true': 'an event before was missed',
    'transition.late equal true': 'the event came late',
  },
  own: (field) => `{its} ${field}`,
  range: (min, max) => `${min} to ${max}`,
  operators: {
    equal: (field, value) => `{its} ${field} is ${value}`,
    notEqual: (field, value) => `{its} ${field} is not ${value}`,
    in: (field, value) => `{its} ${field} is ${value}`,
    notIn: (field, value) => `{its} ${field} is none of ${value}`,
    lessThan: (field, value) => `{its} ${field} is below ${value}`,
    lessThanInclusive: (field, value) => `{its} ${field} is at most ${value}`,
    greaterThan: (field, value) => `{its} ${field} is above ${value}`,
    greaterThanInclusive: (field, value) => `{its} ${field} is at least ${value}`,
    between: (field, value) => `{its} ${field} is from ${value}`,
    olderThan: (field, value) => `{its} ${field} is at least ${value} ago`,
    newerThan: (field, value) => `{its} ${field} is less than ${value} ago`,
    startsWith: (field, value) => `{its} ${field} begins with ${value}`,
    endsWith: (field, value) => `{its} ${field} ends with ${value}`,
    containsText: (field, value) => `{its} ${field} has ${value} in it`,
    status: (_, value) => `{it} is ${value}`,
    changedTo: (_, value) => `{it} has become ${value}`,
    changedFrom: (_, value) => `{it} was ${value} before`,
    there: (field) => `{it} has a ${field}`,
    absent: (field) => `{it} has no ${field}`,
  },
  comparison: (field, operator, value) => `{its} ${field} meets ${operator} ${value}`,
  events: {
    IM_Session_Status: 'a chat changes its status or assignee',
    IM_Message_Add: 'a message comes or goes',
    IM_Message_Status: 'a message is delivered or read',
    Ticket_Add: 'a ticket is made',
    Ticket_Update: 'a ticket changes',
  },
  anyEvent: (types) => `an event of the type ${list(types, 'or')} comes`,
  hold: (state, lasting, isOneState) =>
    isOneState ? `When a chat stays ${state} for ${lasting}` : `When ${state}, and that has lasted ${lasting}`,
  event: (events, state) => (state === undefined ? `When ${events}` : `When ${events} and ${state}`),
  becomes: (status) => `When a chat becomes ${status}`,
  schedule: (every, state) => `${every}, if ${state}`,
  everyDuration: (duration) => `Every ${duration}`,
  everyCron: (cron, zone) => `At the times of "${cron}" (${zone})`,
  during: (calendar) => `during ${calendar}`,
  businessClock: (calendar) => `counted only while ${calendar} is open`,
  whole: (when, actions) => `${when}, Vigia ${actions}.`,
  actions: {
    card: (channel) => `shows a card in ${channel}`,
    post: (channel) => `posts a message in ${channel}`,
    assignTo: (who) => `gives the chat to ${who}`,
    assignPick: (pick, from) => `gives the chat to ${pick}${from === undefined ? '' : ` ${from}`}`,
    setStatus: (status) => `makes the chat ${status}`,
    updateTicket: 'changes its ticket',
    commentTicket: 'comments on its ticket',
    request: (url) => `calls ${url}`,
    tile: (name) => `counts on the board under "${name}"`,
    record: (dataset) => `keeps a row in "${dataset}"`,
  },
  picks: {
    leastBusy: 'the least busy agent online',
    roundRobin: 'the agent online whose turn it is',
    sameAsLast: 'the agent who had this customer before',
  },
  from: {
    department: (name) => `of the department ${name}`,
    team: (name) => `of the team ${name}`,
    agents: (name) => `among ${name}`,
  },
  computed: (text) => `(${text})`,
  more: {
    step: (after, unlessAcknowledged, actions) =>
      `${after} later${unlessAcknowledged ? ', unless somebody has acknowledged it' : ''}, it ${actions}.`,
    repeat: (every, times) => `While it lasts it does so again every ${every}, ${often(times)}.`,
    resolve: (actions) => `When it is over, it ${actions}.`,
    limit: (count, per, within) => {
      const scope = { session: ' for a chat', channel: ' for a channel', agent: ' for an agent', rule: '' }[per];
      return `It does so at most ${often(count)}${scope} within ${within}.`;
    },
    waits: (calendar) => `Outside ${calendar} it waits until that opens.`,
    keepFor: (duration) => `An interruption of less than ${duration} does not count.`,
    episodeBy: (fields) => `Whenever its ${fields} changes, it counts anew.`,
    grouped: 'Many at once share one card.',
    inhibited: (rules) => `It is held back while ${rules} has something open on the same channel.`,
    exclusive: (group) => `Of the rules of the group "${group}" only the first acts.`,
    shadow: 'It is in shadow: it only records what it would do.',
    off: 'It is switched off.',
  },
};
