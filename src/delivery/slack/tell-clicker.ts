import type { Clock } from '../../domain/clock.ts';
import type { Fetch } from '../send-request.ts';
import { callSlack } from './slack-api.ts';
import { escapeSlack } from './slack-text.ts';

/** Tells one person in a channel something that only they see: why a click did nothing. */
export type TellClicker = (to: { channel: string; user: string }, text: string) => Promise<void>;

export interface TellClickerOptions {
  /** Without it nobody can be told anything. */
  token: string | undefined;
  apiUrl?: string | undefined;
  clock: Clock;
  fetch?: Fetch | undefined;
}

/** A courtesy: what goes wrong with it is nobody's concern. */
export function createTellClicker({ token, apiUrl, clock, fetch }: TellClickerOptions): TellClicker {
  return async ({ channel, user }, text) => {
    if (token === undefined) return;
    const never = new AbortController().signal;
    const args = { channel, user, text: escapeSlack(text) };
    await callSlack({ token, apiUrl, fetch }, 'chat.postEphemeral', args, clock.now(), never);
  };
}
