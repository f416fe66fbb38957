import { describe, expect, test } from 'vitest';
import { checkBlocks } from '../../../src/sandbox/slack/blocks.ts';

const text = (length: number, type = 'mrkdwn') => ({ type, text: 'x'.repeat(length) });
const section = (length: number) => ({ type: 'section', text: text(length) });
const button = (over: object = {}) => ({ type: 'button', text: text(5, 'plain_text'), action_id: 'a', ...over });
const actions = (...elements: object[]) => ({ type: 'actions', elements });

describe('Slack’s limits on blocks', () => {
  test('everything at its limit passes', () => {
    const card = [
      { type: 'header', text: text(150, 'plain_text') },
      { ...section(3000), block_id: 'b'.repeat(255) },
      { type: 'section', fields: Array.from({ length: 10 }, () => text(2000)) },
      { type: 'context', elements: Array.from({ length: 10 }, () => text(10)) },
      actions(
        button({ text: text(75, 'plain_text'), value: 'v'.repeat(2000), action_id: 'i'.repeat(255), style: 'danger' }),
      ),
      { type: 'divider' },
    ];
    expect(checkBlocks(card)).toEqual([]);
    expect(checkBlocks(Array.from({ length: 50 }, () => ({ type: 'divider' })))).toEqual([]);
  });

  test.each([
    ['51 blocks', Array.from({ length: 51 }, () => ({ type: 'divider' })), '/blocks'],
    ['a section of 3,001 characters', [section(3001)], '/blocks/0/text/text'],
    ['an empty section', [section(0)], '/blocks/0/text/text'],
    ['a section of nothing', [{ type: 'section' }], '/blocks/0'],
    ['11 fields', [{ type: 'section', fields: Array.from({ length: 11 }, () => text(1)) }], '/blocks/0/fields'],
    ['a field of 2,001 characters', [{ type: 'section', fields: [text(2001)] }], '/blocks/0/fields/0/text'],
    ['a header of 151 characters', [{ type: 'header', text: text(151, 'plain_text') }], '/blocks/0/text/text'],
    ['a header in mrkdwn', [{ type: 'header', text: text(5) }], '/blocks/0/text/type'],
    [
      'a button text of 76 characters',
      [actions(button({ text: text(76, 'plain_text') }))],
      '/blocks/0/elements/0/text/text',
    ],
    [
      'a button value of 2,001 characters',
      [actions(button({ value: 'v'.repeat(2001) }))],
      '/blocks/0/elements/0/value',
    ],
    [
      'an action_id of 256 characters',
      [actions(button({ action_id: 'i'.repeat(256) }))],
      '/blocks/0/elements/0/action_id',
    ],
    ['a button style that is none', [actions(button({ style: 'loud' }))], '/blocks/0/elements/0/style'],
    [
      '26 buttons',
      [actions(...Array.from({ length: 26 }, (_, index) => button({ action_id: String(index) })))],
      '/blocks/0/elements',
    ],
    ['two buttons of one action_id', [actions(button(), button())], '/blocks/0/elements'],
    ['no buttons at all', [actions()], '/blocks/0/elements'],
    ['a block_id of 256 characters', [{ type: 'divider', block_id: 'b'.repeat(256) }], '/blocks/0/block_id'],
    [
      'two blocks of one block_id',
      [
        { type: 'divider', block_id: 'b' },
        { type: 'divider', block_id: 'b' },
      ],
      '/blocks/1/block_id',
    ],
    [
      '11 context elements',
      [{ type: 'context', elements: Array.from({ length: 11 }, () => text(1)) }],
      '/blocks/0/elements',
    ],
    ['an image without alt_text', [{ type: 'image', image_url: 'https://example.com/a.png' }], '/blocks/0/alt_text'],
    ['an unknown type', [{ type: 'sections' }], '/blocks/0/type'],
    ['a text where a block is due', ['hello'], '/blocks/0'],
  ])('%s is refused with a pointer to it', (_what, blocks, pointer) => {
    const faults = checkBlocks(blocks);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`[json-pointer:${pointer}]`);
  });
});
