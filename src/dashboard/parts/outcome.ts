import { html } from 'hono/html';
import type { ActionState } from '../../domain/action.ts';
import type { Outcome } from '../../domain/decision.ts';
import type { Words } from '../i18n/words.ts';
import type { Html } from '../view.ts';

/** Tones say how much something wants to be seen; the words beside them say the same without colour. */
const OUTCOME_TONES: Record<Outcome, string> = {
  fired: 'strong',
  shadow: 'ghost',
  armed: 'quiet',
  disarmed: 'quiet',
  resolved: 'good',
  limited: 'warn',
  excluded: 'quiet',
  silenced: 'warn',
  inhibited: 'warn',
  closed: 'quiet',
  expired: 'warn',
  stale: 'quiet',
  skipped: 'quiet',
  error: 'bad',
};

const STATE_TONES: Record<ActionState, string> = {
  queued: 'quiet',
  delivering: 'busy',
  delivered: 'good',
  skipped: 'quiet',
  refused: 'bad',
  uncertain: 'warn',
  dead: 'bad',
  not_connected: 'warn',
};

export function outcomeBadge(words: Words, outcome: Outcome): Html {
  return html`<span class="badge tone-${OUTCOME_TONES[outcome]}">${words.outcomes[outcome]}</span>`;
}

export function stateBadge(words: Words, state: ActionState): Html {
  return html`<span class="badge tone-${STATE_TONES[state]}">${words.states[state]}</span>`;
}

/** Classes of a row that a person should look at; nothing for the others. */
export function troubleClass(state: ActionState): string {
  const tone = STATE_TONES[state];
  return tone === 'bad' || tone === 'warn' ? ` trouble trouble-${tone}` : '';
}
