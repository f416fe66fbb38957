import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toButtons } from '../../../src/delivery/slack/alert-buttons.ts';
import { ALERT_STATES } from '../../../src/domain/alert.ts';
import { parseClick } from '../../../src/domain/card-buttons.ts';
import { parseInteraction } from '../../../src/ingress/slack/parse-interaction.ts';
import { checkBlocks } from '../../../src/sandbox/slack/blocks.ts';

const ID = '0b0e7a3c-1111-8222-9333-444455556666';
const click = {
  type: 'block_actions',
  user: { id: 'U04ANASOUZA', username: 'ana' },
  team: { id: 'T1' },
  channel: { id: 'C1', name: 'ops' },
  container: { type: 'message', message_ts: '1.1', channel_id: 'C1' },
  actions: [{ action_id: 'vigia.acknowledge', block_id: 'b', value: `alert:${ID}`, action_ts: '1772456400.123456' }],
};
const form = (payload: unknown) => new URLSearchParams({ payload: JSON.stringify(payload) }).toString();

describe('an interaction', () => {
  it('tells what was clicked, by whom, where and when', () => {
    expect(parseInteraction(form(click))).toEqual({
      ok: true,
      kind: 'click',
      interaction: {
        click: { verb: 'acknowledge', target: { kind: 'alert', id: ID } },
        userId: 'U04ANASOUZA',
        channelId: 'C1',
        clickedAt: 1_772_456_400_123,
      },
    });
  });

  it('tells how long to snooze, from the option that was chosen, and takes groups too', () => {
    const option = { action_id: 'vigia.snooze', selected_option: { value: 'group:g-1:4h' } };
    expect(parseInteraction(form({ ...click, channel: undefined, actions: [option] }))).toMatchObject({
      interaction: {
        click: { verb: 'snooze', target: { kind: 'group', id: 'g-1' }, forMs: 14_400_000 },
        channelId: 'C1',
      },
    });
  });

  it.each([
    ['another app’s button', { ...click, actions: [{ action_id: 'their.button', value: 'x' }] }],
    ['a link of a card', { ...click, actions: [{ action_id: 'x' }] }],
    ['a value that no card has', { ...click, actions: [{ action_id: 'vigia.resolve', value: 'alert' }] }],
    [
      'a way to snooze that is not offered',
      { ...click, actions: [{ action_id: 'vigia.snooze', value: `alert:${ID}:9y` }] },
    ],
    ['a snooze without a length', { ...click, actions: [{ action_id: 'vigia.snooze', value: `alert:${ID}` }] }],
    [
      'something about neither alert nor group',
      { ...click, actions: [{ action_id: 'vigia.resolve', value: `chat:${ID}` }] },
    ],
    ['a window that was sent', { ...click, type: 'view_submission' }],
    ['a type that is new', { type: 'something_new' }],
  ])('%s wants nothing but a good answer', (_, payload) => {
    expect(parseInteraction(form(payload))).toEqual({ ok: true, kind: 'other' });
  });

  it('as Slack asks whether the address can be reached wants nothing either', () => {
    expect(parseInteraction('ssl_check=1&token=x')).toEqual({ ok: true, kind: 'other' });
  });

  it.each([
    ['', 'there is no payload'],
    ['{"payload":{}}', 'there is no payload'],
    ['payload=', 'no JSON'],
    ['payload=%7B', 'no JSON'],
    ['payload=[]', 'no JSON'],
    ['payload=null', 'no JSON'],
    [form({ type: '' }), 'no JSON'],
    [form({ ...click, user: undefined }), 'lacks its user'],
    [form({ ...click, user: { id: 'U1; drop' } }), 'lacks its user'],
    [form({ ...click, actions: [] }), 'lacks its user or its action'],
    [form({ ...click, actions: 'all' }), 'lacks its user or its action'],
    [form({ ...click, actions: Array(26).fill(click.actions[0]) }), 'lacks its user or its action'],
  ])('%j cannot be read: %s', (body, reason) => {
    const parsed = parseInteraction(body);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.reason).toContain(reason);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `payload=${encodeURIComponent(json)}`),
        ),
        (body) => {
          parseInteraction(body);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the buttons of a card', () => {
  const idsOf = (state: (typeof ALERT_STATES)[number]) => {
    const [block] = toButtons(state, { kind: 'alert', id: ID });
    const elements = Array.isArray(block?.['elements']) ? block['elements'] : [];
    return JSON.parse(JSON.stringify(elements)) as {
      action_id: string;
      value?: string;
      options?: { value: string }[];
    }[];
  };

  it('are what can still be done in each state', () => {
    const names = (state: (typeof ALERT_STATES)[number]) => idsOf(state).map(({ action_id: id }) => id);
    expect(names('open')).toEqual(['vigia.acknowledge', 'vigia.snooze', 'vigia.resolve']);
    expect(names('snoozed')).toEqual(['vigia.acknowledge', 'vigia.snooze', 'vigia.resolve']);
    expect(names('acknowledged')).toEqual(['vigia.resolve']);
    expect(toButtons('resolved', { kind: 'alert', id: ID })).toEqual([]);
    expect(JSON.stringify(toButtons('open', { kind: 'group', id: ID }))).not.toContain('vigia.snooze');
  });

  it('are such as Slack accepts, for the longest id that there can be', () => {
    for (const state of ALERT_STATES) expect(checkBlocks(toButtons(state, { kind: 'group', id: ID }))).toEqual([]);
  });

  it('are all understood when they are clicked', () => {
    for (const { action_id: id, value, options } of ALERT_STATES.flatMap(idsOf)) {
      for (const one of options?.map((option) => option.value) ?? [value ?? '']) {
        expect(parseClick(id, one)?.target, one).toEqual({ kind: 'alert', id: ID });
      }
    }
  });
});
