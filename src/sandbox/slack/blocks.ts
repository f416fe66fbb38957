/**
 * Slack's limits on blocks, and its way of saying what is wrong: `invalid_blocks` with one line for each fault, ending in
 * a JSON pointer. Checked are the blocks that messages are made of; any other known type passes as it is.
 */
import { isJsonObject, type JsonObject } from '../../domain/json.ts';

export const MAX_BLOCKS = 50;
const LIMITS = {
  id: 255,
  sectionText: 3000,
  fields: 10,
  fieldText: 2000,
  headerText: 150,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  buttonValue: 2000,
  options: 100,
  optionText: 75,
  optionValue: 75,
  url: 3000,
  altText: 2000,
};
const OTHER_BLOCKS = ['divider', 'rich_text', 'input', 'file', 'video', 'markdown', 'table', 'context_actions'];

/** The faults of a list of blocks, none when Slack would take it. `pointer` is where the list stands. */
export function checkBlocks(blocks: unknown, pointer = '/blocks'): string[] {
  if (!Array.isArray(blocks)) return [`must be a valid array [json-pointer:${pointer}]`];
  if (blocks.length > MAX_BLOCKS) return [`no more than ${MAX_BLOCKS} items allowed [json-pointer:${pointer}]`];
  const faults: string[] = [];
  const ids = new Set<unknown>();
  for (const [index, block] of blocks.entries()) {
    const at = `${pointer}/${index}`;
    if (!isJsonObject(block)) {
      faults.push(`must be a valid object [json-pointer:${at}]`);
      continue;
    }
    faults.push(...checkBlock(block, at), ...checkText(block.block_id, `${at}/block_id`, LIMITS.id, false));
    if (block.block_id !== undefined && ids.has(block.block_id)) {
      faults.push(`block_id already exists [json-pointer:${at}/block_id]`);
    }
    ids.add(block.block_id);
  }
  return faults;
}

function checkBlock(block: JsonObject, at: string): string[] {
  switch (block.type) {
    case 'section':
      return checkSection(block, at);
    case 'header':
      return checkTextObject(block.text, `${at}/text`, LIMITS.headerText, 'plain_text');
    case 'context':
      return checkList(block.elements, `${at}/elements`, LIMITS.contextElements, checkContextElement);
    case 'actions':
      return [
        ...checkList(block.elements, `${at}/elements`, LIMITS.actionElements, checkElement),
        ...checkUniqueActions(block.elements, `${at}/elements`),
      ];
    case 'image':
      return [
        ...checkText(block.image_url, `${at}/image_url`, LIMITS.url, block.slack_file === undefined),
        ...checkText(block.alt_text, `${at}/alt_text`, LIMITS.altText),
      ];
    default:
      return OTHER_BLOCKS.includes(String(block.type))
        ? []
        : [`unsupported type: ${String(block.type)} [json-pointer:${at}/type]`];
  }
}

function checkSection(block: JsonObject, at: string): string[] {
  if (block.text === undefined && block.fields === undefined)
    return [`missing required field: text [json-pointer:${at}]`];
  return [
    ...(block.text === undefined ? [] : checkTextObject(block.text, `${at}/text`, LIMITS.sectionText)),
    ...(block.fields === undefined
      ? []
      : checkList(block.fields, `${at}/fields`, LIMITS.fields, (field, pointer) =>
          checkTextObject(field, pointer, LIMITS.fieldText),
        )),
    ...(block.accessory === undefined ? [] : checkElement(block.accessory, `${at}/accessory`)),
  ];
}

function checkContextElement(element: unknown, at: string): string[] {
  if (isJsonObject(element) && element.type === 'image')
    return checkText(element.alt_text, `${at}/alt_text`, LIMITS.altText);
  return checkTextObject(element, at, LIMITS.fieldText);
}

function checkElement(element: unknown, at: string): string[] {
  if (!isJsonObject(element)) return [`must be a valid object [json-pointer:${at}]`];
  const faults = checkText(element.action_id, `${at}/action_id`, LIMITS.id, false);
  if (element.type === 'static_select') {
    return [
      ...faults,
      ...checkTextObject(element.placeholder, `${at}/placeholder`, LIMITS.buttonText, 'plain_text'),
      ...checkList(element.options, `${at}/options`, LIMITS.options, checkOption),
    ];
  }
  if (element.type !== 'button') return faults;
  faults.push(
    ...checkTextObject(element.text, `${at}/text`, LIMITS.buttonText, 'plain_text'),
    ...checkText(element.value, `${at}/value`, LIMITS.buttonValue, false),
    ...checkText(element.url, `${at}/url`, LIMITS.url, false),
  );
  if (element.style !== undefined && element.style !== 'primary' && element.style !== 'danger') {
    faults.push(`must be one of: primary, danger [json-pointer:${at}/style]`);
  }
  return faults;
}

function checkOption(option: unknown, at: string): string[] {
  if (!isJsonObject(option)) return [`must be a valid object [json-pointer:${at}]`];
  return [
    ...checkTextObject(option.text, `${at}/text`, LIMITS.optionText, 'plain_text'),
    ...checkText(option.value, `${at}/value`, LIMITS.optionValue),
  ];
}

function checkUniqueActions(elements: unknown, at: string): string[] {
  if (!Array.isArray(elements)) return [];
  const ids = elements.map((one) => (isJsonObject(one) ? one.action_id : undefined)).filter((id) => id !== undefined);
  return new Set(ids).size === ids.length ? [] : [`action_id already exists [json-pointer:${at}]`];
}

function checkList(
  list: unknown,
  at: string,
  max: number,
  checkItem: (item: unknown, pointer: string) => string[],
): string[] {
  if (!Array.isArray(list)) return [`missing required field [json-pointer:${at}]`];
  if (list.length === 0) return [`must have at least 1 item [json-pointer:${at}]`];
  if (list.length > max) return [`no more than ${max} items allowed [json-pointer:${at}]`];
  return list.flatMap((item, index) => checkItem(item, `${at}/${index}`));
}

function checkTextObject(value: unknown, at: string, max: number, only?: 'plain_text'): string[] {
  if (!isJsonObject(value)) return [`must be a valid object [json-pointer:${at}]`];
  const types = only === undefined ? ['mrkdwn', 'plain_text'] : [only];
  if (!types.includes(String(value.type))) return [`must be one of: ${types.join(', ')} [json-pointer:${at}/type]`];
  return checkText(value.text, `${at}/text`, max);
}

function checkText(value: unknown, at: string, max: number, required = true): string[] {
  if (value === undefined) return required ? [`missing required field [json-pointer:${at}]`] : [];
  if (typeof value !== 'string') return [`must be a string [json-pointer:${at}]`];
  if (value.length === 0 && required) return [`must be more than 0 characters [json-pointer:${at}]`];
  return value.length > max ? [`must be less than ${max + 1} characters [json-pointer:${at}]`] : [];
}
