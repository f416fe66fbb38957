import { hmacSha256Hex } from '../../domain/hash.ts';
import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { SlackMessage, Workspace } from './workspace.ts';

/** A click as Slack tells it to an app: the form with its payload, and the headers that prove who sends it. */
export interface Click {
  channelId: string;
  ts: string;
  actionId: string;
  /** Of a menu: the option that was chosen. */
  value?: string;
  userId: string;
  /** Epoch ms. */
  at: number;
}

/** The element of a message that the click is on, with its block; undefined where the message has none like it. */
export function findElement(
  message: SlackMessage,
  { actionId, value }: Pick<Click, 'actionId' | 'value'>,
): { block: JsonObject; element: JsonObject } | undefined {
  for (const block of message.blocks) {
    const accessory = isJsonObject(block.accessory) ? [block.accessory] : [];
    const elements = Array.isArray(block.elements) ? block.elements.filter(isJsonObject) : [];
    for (const element of [...elements, ...accessory]) {
      if (element.action_id !== actionId) continue;
      if (element.type === 'button' || optionOf(element, value) !== undefined) return { block, element };
    }
  }
  return undefined;
}

function optionOf(element: JsonObject, value: string | undefined): JsonObject | undefined {
  const options = Array.isArray(element.options) ? element.options.filter(isJsonObject) : [];
  return options.find((option) => option.value === value);
}

/** The body of the request: `payload=` with a block_actions payload in it. */
export function clickBody(
  workspace: Workspace,
  message: SlackMessage,
  { block, element }: { block: JsonObject; element: JsonObject },
  { channelId, ts, actionId, value, userId, at }: Click,
): string {
  const { world } = workspace;
  const user = workspace.users.find(({ id }) => id === userId);
  const option = optionOf(element, value);
  const action = {
    type: element.type,
    action_id: actionId,
    block_id: block.block_id ?? 'block',
    action_ts: (at / 1000).toFixed(6),
    ...(element.type === 'button' ? { text: element.text, value: element.value } : { selected_option: option }),
  };
  const payload = {
    type: 'block_actions',
    api_app_id: 'A04SANDBOX1',
    team: { id: world.teamId, domain: 'loja-exemplo' },
    user: { id: userId, username: user?.name ?? userId, name: user?.name ?? userId, team_id: world.teamId },
    channel: { id: channelId, name: workspace.findChannel(channelId)?.name ?? channelId },
    container: { type: 'message', message_ts: ts, channel_id: channelId, is_ephemeral: false },
    message: { type: 'message', ts, text: message.text, blocks: message.blocks },
    trigger_id: `${Math.floor(at)}.1.sandbox`,
    actions: [action],
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

/** The headers of a request that Slack has signed at that time, epoch ms. */
export function signSlackRequest(secret: string, body: string, at: number): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${hmacSha256Hex(secret, `v0:${timestamp}:${body}`)}`,
  };
}
