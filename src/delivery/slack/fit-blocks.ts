import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { cutText } from '../cut-text.ts';
import { cutMarkup } from './slack-text.ts';

/**
 * Slack refuses a whole message for one text that is too long, so blocks are cut to its limits before they are sent: a
 * shortened alert is worth more than none. Limits: docs.slack.dev/reference/block-kit, read in 2026-06.
 */
export const MAX_TEXT_LENGTH = 4_000;
const MAX_BLOCKS = 50;
const MAX_FIELDS = 10;
const MAX_CONTEXT_ELEMENTS = 10;
const MAX_BUTTONS = 25;
const MAX_SECTION_LENGTH = 3_000;
const MAX_FIELD_LENGTH = 2_000;
const MAX_HEADER_LENGTH = 150;
const MAX_BUTTON_LENGTH = 75;
const MAX_VALUE_LENGTH = 2_000;
const MAX_ALT_LENGTH = 2_000;

/** The blocks with every text, and every list, within Slack's limits; what is unknown stays as it is. */
export function fitBlocks(blocks: JsonObject[]): JsonObject[] {
  return blocks.slice(0, MAX_BLOCKS).map(fitBlock);
}

function fitBlock(block: JsonObject): JsonObject {
  switch (block.type) {
    case 'header':
      return { ...block, ...fitMember(block, 'text', MAX_HEADER_LENGTH) };
    case 'section':
      return {
        ...block,
        ...fitMember(block, 'text', MAX_SECTION_LENGTH),
        ...fitList(block, 'fields', MAX_FIELDS, (field) => fitText(field, MAX_FIELD_LENGTH)),
        ...(isJsonObject(block.accessory) ? { accessory: fitElement(block.accessory) } : {}),
      };
    case 'context':
      return {
        ...block,
        ...fitList(block, 'elements', MAX_CONTEXT_ELEMENTS, (element) => fitText(element, MAX_FIELD_LENGTH)),
      };
    case 'actions':
      return {
        ...block,
        ...fitList(block, 'elements', MAX_BUTTONS, (element) =>
          isJsonObject(element) ? fitElement(element) : element,
        ),
      };
    case 'image':
      return { ...fitElement(block), ...fitMember(block, 'title', MAX_ALT_LENGTH) };
    default:
      return block;
  }
}

function fitElement(element: JsonObject): JsonObject {
  return {
    ...element,
    ...fitMember(element, 'text', MAX_BUTTON_LENGTH),
    ...(typeof element.value === 'string' ? { value: cutText(element.value, MAX_VALUE_LENGTH) } : {}),
    ...(typeof element.alt_text === 'string' ? { alt_text: cutText(element.alt_text, MAX_ALT_LENGTH) } : {}),
  };
}

/** A text object (`plain_text` or `mrkdwn`), cut; anything else as it is. */
function fitText(value: Json, max: number): Json {
  if (!isJsonObject(value) || typeof value.text !== 'string') return value;
  return { ...value, text: value.type === 'mrkdwn' ? cutMarkup(value.text, max) : cutText(value.text, max) };
}

function fitMember(holder: JsonObject, key: string, max: number): JsonObject {
  const value = holder[key];
  return value === undefined ? {} : { [key]: fitText(value, max) };
}

function fitList(holder: JsonObject, key: string, max: number, fit: (item: Json) => Json): JsonObject {
  const list = holder[key];
  return Array.isArray(list) ? { [key]: list.slice(0, max).map(fit) } : {};
}
