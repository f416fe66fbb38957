import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import type { RenderedParams } from './render-params.ts';

/**
 * The params of a card's edit. They are ours and no templates, but for those of a repeat: its `card` is the params of the
 * rule's `slack.alert`, rendered anew, so that the card tells of the moment.
 */
export function renderCardEdit(params: JsonObject, render: (card: JsonObject) => RenderedParams): RenderedParams {
  const { card } = params;
  if (!isJsonObject(card)) return { ok: true, params };
  const rendered = render(card);
  return rendered.ok ? { ok: true, params: { ...params, card: rendered.params } } : rendered;
}
