/**
 * What a rule with `every` is judged for: the desk as a whole, each channel, or each agent. As the subject of
 * decisions and episodes it is a text: `desk`, `channel:<id>`, `agent:<id>` (the id that events carry).
 */
export type DeskSubject = { kind: 'desk' } | { kind: 'channel'; id: string } | { kind: 'agent'; id: string };

export function formatSubject(subject: DeskSubject): string {
  return subject.kind === 'desk' ? 'desk' : `${subject.kind}:${subject.id}`;
}

/** What the text of a subject names; undefined for chats and whatever else events are about. */
export function parseSubject(text: string): DeskSubject | undefined {
  if (text === 'desk') return { kind: 'desk' };
  const [, kind, id] = /^(channel|agent):(.+)$/s.exec(text) ?? [];
  if (id === undefined) return undefined;
  return kind === 'channel' ? { kind, id } : { kind: 'agent', id };
}
