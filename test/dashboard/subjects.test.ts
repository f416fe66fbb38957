import { describe, expect, it } from 'vitest';
import { en } from '../../src/dashboard/i18n/en.ts';
import { ptBr } from '../../src/dashboard/i18n/pt-br.ts';
import { createNaming } from '../../src/dashboard/naming.ts';
import { subjectText } from '../../src/dashboard/parts/chat-link.ts';
import { emptyDirectory } from '../../src/domain/directory.ts';

/** What schedule rules are judged for is told by name, in both languages. */
const directory = emptyDirectory();
directory.channels.set('c1', { name: 'WhatsApp Suporte' });
directory.agents.set('desk-1', { name: 'Ana', zuid: 'zuid-1' });
directory.agentIdByZuid.set('zuid-1', 'desk-1');
const { toChat } = createNaming({ directory: () => directory, ruleset: () => undefined });

describe('the subject of a schedule rule', () => {
  it.each([
    ['desk', 'the whole desk', 'toda a central'],
    ['channel:c1', 'channel WhatsApp Suporte', 'canal WhatsApp Suporte'],
    ['channel:c9', 'channel c9', 'canal c9'],
    ['agent:zuid-1', 'agent Ana', 'agente Ana'],
    ['Ticket:7', 'Ticket:7', 'Ticket:7'],
  ])('%s is %s', (subject, english, portuguese) => {
    const chat = toChat({ sessionId: null, subject, status: null, channelId: null, assigneeId: null });
    expect([subjectText(en, chat), subjectText(ptBr, chat)]).toEqual([english, portuguese]);
  });
});
