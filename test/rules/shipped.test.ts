import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Action } from '../../src/domain/action.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { CompiledRuleset } from '../../src/engine/compile.ts';
import { toFailureActions } from '../../src/engine/emit-actions.ts';
import { renderParams } from '../../src/engine/templates/render-params.ts';
import { readRulesDir } from '../../src/runtime/rules-dir.ts';
import { loadRules } from '../support/load-rules.ts';
import { MINUTE, messageEvent, START, statusEvent, Timeline } from '../support/timeline.ts';

/**
 * The rules that come along do what their comments say: the real files through the real core, in virtual time. The
 * channels and people are those of rules/directory.json.
 */
const WHATSAPP = { channelId: '65403000000038011' };
const TELEGRAM = { channelId: '65403000000038043' };
const ANA = { currentAssigneeId: '106554156', assigneeType: 'AGENT' };
const BRUNO = { currentAssigneeId: '106554189', assigneeType: 'AGENT' };
const CAMILA = { currentAssigneeId: '106554223', assigneeType: 'AGENT' };
const NOBODY = { currentAssigneeId: null, assigneeType: null };
const SECOND = 1_000;

let ruleset: CompiledRuleset;
beforeAll(async () => {
  const folder = fileURLToPath(new URL('../../rules', import.meta.url));
  ruleset = loadRules(Object.fromEntries(await readRulesDir(folder)));
});

/** Outcomes of one rule so far. */
function outcomesOf(timeline: Timeline, ruleId: string): string[] {
  return timeline.decisions.filter((decision) => decision.ruleId === ruleId).map(({ outcome }) => outcome);
}

/** Actions of one rule so far; edits of cards, which are Vigia's own, left out. */
function actionsOf(timeline: Timeline, ruleId: string): Action[] {
  return timeline.actions.filter((action) => action.ruleId === ruleId && action.spec.type !== 'slack.alertUpdate');
}

/** The params as a destination gets them; a refusal fails the test. */
function rendered(action: Action | undefined, results: JsonObject = {}): JsonObject {
  const type = action?.spec.type;
  if (action === undefined || type === undefined || type === 'slack.alertUpdate' || type === 'slack.groupCard')
    throw new Error('no action of a rule');
  const { directory } = ruleset;
  const answer = renderParams(type, action.spec.params, { ...action.context, results }, { directory });
  if (!answer.ok) throw new Error(`${action.key}: ${answer.reason}`);
  return answer.params;
}

describe('on-hold-too-long', () => {
  const RULE = 'on-hold-too-long';
  const held = (at: number, who: JsonObject, more: JsonObject = {}) =>
    statusEvent(at, 'ON_HOLD', { old: 'OPEN', ...WHATSAPP, ...who, ...more });

  it('arms when an agent picks the chat up and fires once, at 15 minutes to the millisecond', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, held(START, ANA));
    expect(outcomesOf(timeline, RULE)).toEqual(['armed']);
    await timeline.run(START + 15 * MINUTE - 1);
    expect(outcomesOf(timeline, RULE)).toEqual(['armed']);
    await timeline.run(START + 15 * MINUTE);
    await timeline.run(START + 59 * MINUTE);
    expect(outcomesOf(timeline, RULE)).toEqual(['armed', 'fired']);
    expect(actionsOf(timeline, RULE).map(({ spec }) => spec.type)).toEqual(['zoho.assignSession', 'slack.alert']);
  });

  it('asks for the least busy agent of the department, and tells who had the chat and who has it', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, held(START, ANA));
    await timeline.run(START + 15 * MINUTE);
    const [assign, card] = actionsOf(timeline, RULE);
    expect(rendered(assign)).toEqual({ pick: 'leastBusy', from: { department: '65403000000006907' } });
    expect(card?.spec.needs).toBe('assign');
    expect(rendered(card, { assign: { state: 'delivered', agentName: 'Bruno Carvalho' } })).toEqual({
      channel: 'C04CHATOPS1',
      severity: 'warning',
      text: 'A chat on WhatsApp Suporte waited 15m for a first answer. It went from Ana Beatriz Souza to Bruno Carvalho.',
      fields: [
        { title: 'Chat', value: 's1' },
        { title: 'Channel', value: 'WhatsApp Suporte' },
        { title: 'Waiting since', value: '02 Mar 2026, 10:00:00 GMT-3' },
        { title: 'Reassigned so far', value: '0' },
      ],
    });
    expect(rendered(card, { assign: { state: 'delivered' } })['text']).toMatch(/to another agent\.$/);
  });

  it('calls the supervisor when nobody can be found', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, held(START, ANA));
    await timeline.run(START + 15 * MINUTE);
    const [assign] = actionsOf(timeline, RULE);
    if (assign === undefined) throw new Error('nothing fired');
    const [card, ...others] = toFailureActions(assign, START + 16 * MINUTE);
    expect(others).toEqual([]);
    expect(rendered(card)).toEqual({
      channel: 'C04CHATOPS1',
      severity: 'critical',
      mention: 'U04SUPERVIS',
      text: 'Chat s1 on WhatsApp Suporte has waited 15m for a first answer, and nobody could be found to take it.',
    });
  });

  it('an answer before the deadline cancels it', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, held(START, ANA));
    const answered = START + 14 * MINUTE;
    await timeline.run(answered, statusEvent(answered, 'ON_PROGRESS', { old: 'ON_HOLD', ...WHATSAPP, ...ANA }));
    await timeline.run(START + 30 * MINUTE);
    expect(outcomesOf(timeline, RULE)).toEqual(['armed', 'disarmed']);
  });

  it('a bot is not judged', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, held(START, { ...ANA, assigneeType: 'BOT' }));
    expect(outcomesOf(timeline, RULE)).toEqual([]);
  });

  it('a new assignee gets fifteen minutes of their own', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, held(START, ANA));
    const handed = START + 10 * MINUTE;
    await timeline.run(handed, held(handed, BRUNO, { old: 'ON_HOLD' }));
    await timeline.run(handed + 15 * MINUTE - 1);
    expect(outcomesOf(timeline, RULE)).toEqual(['armed', 'disarmed', 'armed']);
    await timeline.run(handed + 15 * MINUTE);
    expect(outcomesOf(timeline, RULE).at(-1)).toBe('fired');
  });

  it('after two reassignments of a chat within an hour it only says that it is over its limit', async () => {
    const timeline = new Timeline(ruleset);
    for (const [index, who] of [ANA, BRUNO, CAMILA].entries()) {
      const at = START + index * 16 * MINUTE;
      await timeline.run(at, held(at, who, { old: index === 0 ? 'OPEN' : 'ON_HOLD' }));
      await timeline.run(at + 15 * MINUTE);
    }
    const ends = outcomesOf(timeline, RULE).filter((outcome) => outcome === 'fired' || outcome === 'limited');
    expect(ends).toEqual(['fired', 'fired', 'limited']);
    expect(actionsOf(timeline, RULE)).toHaveLength(4);
  });
});

describe('open-without-assignee', () => {
  const RULE = 'open-without-assignee';
  const open = (at: number) => statusEvent(at, 'OPEN', { ...TELEGRAM, ...NOBODY });
  const textsOf = (timeline: Timeline) =>
    actionsOf(timeline, RULE)
      .filter(({ spec }) => spec.type.startsWith('slack.'))
      .map((action) => [rendered(action)['channel'], rendered(action)['text']]);

  it('tells the supervisors after 5 minutes, again after 10, and everybody after 30', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, open(START));
    const fired = START + 5 * MINUTE;
    const moments = [fired - 1, fired, fired + 10 * MINUTE - 1, fired + 10 * MINUTE, fired + 30 * MINUTE];
    const counts: number[] = [];
    for (const at of moments) {
      await timeline.run(at);
      counts.push(textsOf(timeline).length);
    }
    await timeline.run(fired + 300 * MINUTE);
    expect(counts).toEqual([0, 1, 1, 2, 3]);
    expect(textsOf(timeline)).toEqual([
      ['C04SUPERVIS', 'A chat on Telegram Suporte is open and nobody has it, for 5m now.'],
      ['C04SUPERVIS', 'Still nobody: chat s1 on Telegram Suporte has been open for 15m.'],
      [
        'C04CHATOPS1',
        'Chat s1 on Telegram Suporte has been open for 35m, and no supervisor has taken it up. Whoever is free, please do.',
      ],
    ]);
  });

  it('shows how much the customer has written, and counts the chat on the board', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, open(START));
    await timeline.run(START + MINUTE, messageEvent(START + MINUTE, 'IN', TELEGRAM));
    await timeline.run(START + 5 * MINUTE);
    const [card, tile] = actionsOf(timeline, RULE);
    expect(rendered(card)['fields']).toEqual([
      { title: 'Chat', value: 's1' },
      { title: 'Messages from the customer', value: '1' },
    ]);
    expect(rendered(tile)).toEqual({ tile: 'Nobody took it', by: 'Telegram Suporte', add: 1 });
  });

  it('an acknowledgement stops the steps that are still to come', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, open(START));
    const fired = START + 5 * MINUTE;
    await timeline.run(fired);
    await timeline.run(fired + 10 * MINUTE);
    const acknowledgedAt = fired + 12 * MINUTE;
    const episodes = timeline.state.episodes.map((episode) => ({ ...episode, acknowledgedAt }));
    timeline.state = { ...timeline.state, episodes };
    await timeline.run(fired + 30 * MINUTE);
    expect(outcomesOf(timeline, RULE)).toEqual(['armed', 'fired', 'fired', 'skipped']);
    expect(textsOf(timeline)).toHaveLength(2);
  });

  it('the card is resolved and the steps end when somebody takes the chat', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, open(START));
    await timeline.run(START + 5 * MINUTE);
    const taken = START + 6 * MINUTE;
    await timeline.run(taken, statusEvent(taken, 'ON_HOLD', { old: 'OPEN', ...TELEGRAM, ...ANA }));
    await timeline.run(START + 14 * MINUTE);
    await timeline.run(START + 60 * MINUTE);
    expect(outcomesOf(timeline, RULE)).toEqual(['armed', 'fired', 'resolved']);
    expect(timeline.resolved).toHaveLength(1);
  });
});

describe('record-ended-chats', () => {
  const RULE = 'record-ended-chats';
  const ended = (at: number, more: JsonObject = {}) =>
    statusEvent(at, 'ENDED', { old: 'ON_PROGRESS', ...WHATSAPP, ...ANA, ...more });

  it('records an ended chat with its measures, numbers as numbers and what is not known as null', async () => {
    const timeline = new Timeline(ruleset);
    const at = (minutes: number) => START + minutes * MINUTE;
    const move = (minutes: number, old: string, status: string, who: JsonObject) =>
      statusEvent(at(minutes), status, { old, ...WHATSAPP, ...who });
    await timeline.run(at(0), statusEvent(at(0), 'OPEN', { ...WHATSAPP, ...NOBODY }));
    await timeline.run(at(1), messageEvent(at(1), 'IN', { ...WHATSAPP, integration: 'WHATSAPP' }));
    await timeline.run(at(2), move(2, 'OPEN', 'ON_HOLD', ANA));
    await timeline.run(at(5), move(5, 'ON_HOLD', 'ON_PROGRESS', ANA), messageEvent(at(5) + 1, 'OUT', WHATSAPP));
    await timeline.run(at(20), ended(at(20)));
    const [row, ...others] = actionsOf(timeline, RULE);
    expect(others).toEqual([]);
    expect(rendered(row)).toEqual({
      dataset: 'ended_chats',
      fields: {
        session: 's1',
        channel: WHATSAPP.channelId,
        channelName: 'WhatsApp Suporte',
        integration: 'WHATSAPP',
        department: '65403000000006907',
        assignee: ANA.currentAssigneeId,
        assigneeType: 'AGENT',
        ticket: null,
        createdAt: new Date(at(0)).toISOString(),
        firstAssignedAt: new Date(at(2)).toISOString(),
        firstResponseAt: new Date(at(5) + 1).toISOString(),
        endedAt: new Date(at(20)).toISOString(),
        messagesIn: 1,
        messagesOut: 1,
        holds: 1,
        reassignments: 0,
        openMs: 2 * MINUTE,
        onHoldMs: 3 * MINUTE,
        onProgressMs: 15 * MINUTE,
      },
    });
  });

  it('a repeated ENDED records no second row', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, ended(START));
    await timeline.run(START + MINUTE, ended(START + MINUTE, { old: 'ENDED' }));
    expect(actionsOf(timeline, RULE)).toHaveLength(1);
  });

  it('an end that is told late is recorded too, once', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START + MINUTE, messageEvent(START + MINUTE, 'OUT', WHATSAPP));
    await timeline.run(START + 2 * MINUTE, ended(START));
    const [row, ...others] = actionsOf(timeline, RULE);
    expect(others).toEqual([]);
    expect(rendered(row)['fields']).toMatchObject({ endedAt: new Date(START).toISOString(), messagesOut: 1 });
  });
});

describe('status-counters', () => {
  const RULE = 'status-counters';
  const countsOf = (timeline: Timeline) => actionsOf(timeline, RULE).map((action) => rendered(action));

  it('counts what is first heard of a chat, and each change, by status and by channel', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, statusEvent(START, 'OPEN', { ...WHATSAPP, ...NOBODY }));
    await timeline.run(START + MINUTE, statusEvent(START + MINUTE, 'ON_HOLD', { old: 'OPEN', ...WHATSAPP, ...ANA }));
    expect(countsOf(timeline)).toEqual([
      { tile: 'Entered status', by: 'OPEN', add: 1 },
      { tile: 'Events by channel', by: 'WhatsApp Suporte', add: 1 },
      { tile: 'Entered status', by: 'ON_HOLD', add: 1 },
      { tile: 'Events by channel', by: 'WhatsApp Suporte', add: 1 },
    ]);
  });

  it('an event that leaves the status as it was counts nothing', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, statusEvent(START, 'ON_HOLD', { old: 'OPEN', ...WHATSAPP, ...ANA }));
    const before = countsOf(timeline).length;
    const handed = START + MINUTE;
    await timeline.run(handed, statusEvent(handed, 'ON_HOLD', { old: 'ON_HOLD', ...WHATSAPP, ...BRUNO }));
    const unsaid = START + 2 * MINUTE;
    await timeline.run(unsaid, statusEvent(unsaid, 'ON_HOLD', { ...WHATSAPP, ...CAMILA }));
    expect(before).toBe(2);
    expect(countsOf(timeline)).toHaveLength(before);
  });
});

describe('channel-lost', () => {
  const RULE = 'channel-lost';
  const chat = (at: number, more: JsonObject & { sessionId?: string } = {}) =>
    statusEvent(at, 'ON_PROGRESS', { old: 'ON_PROGRESS', ...WHATSAPP, ...ANA, ...more });
  const lost = (at: number, more: JsonObject & { sessionId?: string } = {}) =>
    chat(at, { replyStatus: 'CHANNEL_REVOKED', ...more });

  it('tells after 30 seconds, and not of a single refused reply', async () => {
    const single = new Timeline(ruleset);
    await single.run(START, lost(START));
    await single.run(START + 29 * SECOND, chat(START + 29 * SECOND));
    await single.run(START + MINUTE);
    expect(outcomesOf(single, RULE)).toEqual(['armed', 'disarmed']);

    const timeline = new Timeline(ruleset);
    await timeline.run(START, lost(START));
    await timeline.run(START + 30 * SECOND - 1);
    expect(actionsOf(timeline, RULE)).toEqual([]);
    await timeline.run(START + 30 * SECOND);
    const [card, tile] = actionsOf(timeline, RULE);
    expect(rendered(card)).toEqual({
      channel: 'C04CHANHEAL',
      severity: 'critical',
      text: 'WhatsApp Suporte cannot be answered through: CHANNEL_REVOKED. Renew its connection in Zoho Desk under Channels, Instant Messaging.',
      fields: [
        { title: 'Channel', value: 'WhatsApp Suporte (WHATSAPP)' },
        { title: 'First seen in chat', value: 's1' },
      ],
    });
    expect(rendered(tile)).toEqual({ tile: 'Channels lost', by: 'WhatsApp Suporte', set: 'CHANNEL_REVOKED' });
  });

  it('is told once an hour for a channel, however many chats it has; another channel is told of too', async () => {
    const limits = new Map<string, readonly number[]>();
    const timelines = ['s1', 's2', 's3', 's4'].map((id) => new Timeline(ruleset, id, limits));
    const [first, second, other, later] = timelines;
    const fire = async (timeline: Timeline | undefined, sessionId: string, at: number, more: JsonObject = {}) => {
      await timeline?.run(at, lost(at, { sessionId, ...more }));
      await timeline?.run(at + 30 * SECOND);
    };
    await fire(first, 's1', START);
    await fire(second, 's2', START + 59 * MINUTE);
    await fire(other, 's3', START + 59 * MINUTE, TELEGRAM);
    await fire(later, 's4', START + 60 * MINUTE);
    const ends = timelines.map((timeline) => outcomesOf(timeline, RULE).at(-1));
    expect(ends).toEqual(['fired', 'limited', 'fired', 'fired']);
  });

  it('is resolved when the channel is back, and says so', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, lost(START));
    await timeline.run(START + MINUTE);
    const back = START + 2 * MINUTE;
    await timeline.run(back, chat(back));
    expect(outcomesOf(timeline, RULE)).toEqual(['armed', 'fired', 'resolved']);
    expect(timeline.resolved).toHaveLength(1);
    const [post, tile] = actionsOf(timeline, RULE).slice(2);
    expect(rendered(post)).toEqual({
      channel: 'C04CHANHEAL',
      text: 'WhatsApp Suporte can be answered through again.',
    });
    expect(rendered(tile)).toEqual({ tile: 'Channels lost', by: 'WhatsApp Suporte', set: 'back' });
  });

  it('does not say that the channel is back when only the chat has ended', async () => {
    const timeline = new Timeline(ruleset);
    await timeline.run(START, lost(START));
    await timeline.run(START + MINUTE);
    const end = START + 2 * MINUTE;
    const event = statusEvent(end, 'ENDED', { old: 'ON_PROGRESS', ...WHATSAPP, ...ANA, replyStatus: 'SESSION_ENDED' });
    await timeline.run(end, event);
    expect(outcomesOf(timeline, RULE)).toEqual(['armed', 'fired', 'resolved']);
    const [post, tile] = actionsOf(timeline, RULE).slice(2);
    expect(rendered(post)['text']).toBe(
      'The chat in which WhatsApp Suporte was found lost is over. Whether it can be answered through again is not known yet.',
    );
    expect(rendered(tile)['set']).toBe('not known');
  });
});
