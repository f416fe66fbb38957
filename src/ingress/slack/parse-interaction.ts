import * as z from 'zod';
import { type CardClick, parseClick } from '../../domain/card-buttons.ts';

/**
 * What Slack tells of a click: a form with one field, `payload`, which is JSON. Read leniently: Slack adds fields. What is
 * no click on a card of ours is `other`, and wants nothing but a good answer, else people see an error.
 */
export interface Interaction {
  click: CardClick;
  /** Slack's id of who clicked. */
  userId: string;
  /** Where the card stands; absent where the payload does not say. */
  channelId?: string;
  /** When it was clicked, epoch ms: the same for a request that is sent again. */
  clickedAt?: number;
}

export type ParsedInteraction =
  | { ok: true; kind: 'click'; interaction: Interaction }
  | { ok: true; kind: 'other' }
  | { ok: false; reason: string };

const text = z.string().min(1).max(2_000);
const typeSchema = z.looseObject({ type: text });
const clickSchema = z.looseObject({
  user: z.looseObject({ id: z.string().regex(/^[UW][A-Z0-9]{1,30}$/) }),
  channel: z.looseObject({ id: z.string().max(100) }).optional(),
  container: z.looseObject({ channel_id: z.string().max(100).optional() }).optional(),
  actions: z
    .array(
      z.looseObject({
        action_id: text,
        action_ts: z.string().max(40).optional(),
        value: text.optional(),
        selected_option: z.looseObject({ value: text }).nullable().optional(),
      }),
    )
    .min(1)
    .max(25),
});

export function parseInteraction(body: string): ParsedInteraction {
  const form = new URLSearchParams(body);
  // Slack asks like this whether the address can be reached.
  if (form.get('ssl_check') === '1') return { ok: true, kind: 'other' };
  const payload = form.get('payload');
  if (payload === null) return { ok: false, reason: 'there is no payload' };
  const json = parseJson(payload);
  const typed = typeSchema.safeParse(json);
  if (!typed.success) return { ok: false, reason: 'the payload is no JSON object with a type' };
  if (typed.data.type !== 'block_actions') return { ok: true, kind: 'other' };
  const parsed = clickSchema.safeParse(json);
  if (!parsed.success) return { ok: false, reason: 'a click lacks its user or its action' };
  const { user, channel, container, actions } = parsed.data;
  const [action] = actions;
  const value = action?.selected_option?.value ?? action?.value;
  const click = action === undefined || value === undefined ? undefined : parseClick(action.action_id, value);
  if (click === undefined) return { ok: true, kind: 'other' };
  const channelId = channel?.id ?? container?.channel_id;
  const clickedAt = Math.floor(Number(action?.action_ts) * 1000);
  return {
    ok: true,
    kind: 'click',
    interaction: {
      click,
      userId: user.id,
      ...(channelId === undefined ? {} : { channelId }),
      ...(Number.isSafeInteger(clickedAt) && clickedAt > 0 ? { clickedAt } : {}),
    },
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
