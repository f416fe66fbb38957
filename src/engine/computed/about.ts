import { parseSubject } from '../../domain/desk-subject.ts';
import type { Session } from '../../domain/session.ts';

/** Whom judging is about: the chat with its channel and its assignee, or what a schedule rule is judged for. */
export interface About {
  sessionId?: string | undefined;
  channelId?: string | undefined;
  /** Who has the chat, an agent or a bot. */
  assigneeId?: string | undefined;
  /** The same where it is no bot. */
  agentId?: string | undefined;
  /** The channel whose queue is meant when a condition names none. */
  queueOf?: string | undefined;
}

export function aboutOf({ subject, session }: { subject: string; session: Session | undefined }): About {
  if (session !== undefined) {
    const { id: sessionId, channelId, assigneeId, assigneeType } = session;
    return { sessionId, channelId, assigneeId, agentId: assigneeType === 'BOT' ? undefined : assigneeId };
  }
  const desk = parseSubject(subject);
  if (desk?.kind === 'channel') return { channelId: desk.id, queueOf: desk.id };
  return desk?.kind === 'agent' ? { assigneeId: desk.id, agentId: desk.id } : {};
}
