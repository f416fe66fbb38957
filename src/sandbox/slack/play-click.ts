import type { Clock } from '../../domain/clock.ts';
import { AppError } from '../../domain/errors.ts';
import { type Click, clickBody, findElement, signSlackRequest } from './interaction.ts';
import type { Workspace } from './workspace.ts';

/** Somebody clicks on an element of a message: the app hears of it as from Slack, and has three seconds to answer. */
export type PlayClick = (
  click: Omit<Click, 'at' | 'userId'> & { userId?: string | undefined },
) => Promise<{ ok: boolean; status: number | undefined }>;

export interface PlayClickDeps {
  workspace: Workspace;
  clock: Clock;
  /** Where the app listens; undefined when it has no such address. */
  address: () => string | undefined;
}

/** Slack's own patience, in real time. */
const TIMEOUT_MS = 3_000;

/** @throws AppError not_found when the message has no such element, not_configured when the app listens nowhere */
export function createPlayClick({ workspace, clock, address }: PlayClickDeps): PlayClick {
  return async ({ userId = workspace.world.clicker, ...click }) => {
    const url = address();
    if (url === undefined) throw new AppError('not_configured', 'The app has no address for interactions.');
    const message = workspace.findMessage(click.channelId, click.ts);
    const found = message === undefined ? undefined : findElement(message, click);
    if (message === undefined || found === undefined) {
      throw new AppError('not_found', 'There is nothing to click on like this.');
    }
    const at = clock.now();
    const body = clickBody(workspace, message, found, { ...click, userId, at });
    const headers = signSlackRequest(workspace.world.signingSecret, body, at);
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
      await response.body?.cancel();
      return { ok: response.status === 200, status: response.status };
    } catch {
      return { ok: false, status: undefined };
    }
  };
}
