import { describe, it } from 'vitest';
import { expectFault, expectFine } from './support.ts';

const directory = (text: string) => ({ 'directory.json': text });

describe('directory.json', () => {
  it('names channels, departments, agents, bots, teams and Slack', () => {
    expectFine(
      undefined,
      directory(`{
      // ids are texts
      "channels": { "1": { "name": "WhatsApp", "department": "Support", "integration": "WHATSAPP" } },
      "departments": { "2": { "name": "Support" } },
      "agents": { "3": { "name": "Ana", "zuid": "9", "slack": "U1" } },
      "bots": { "4": { "name": "Greeter" } },
      "teams": { "night": { "name": "Night shift", "agents": ["Ana", "3"] } },
      "slack": { "users": { "leads": "S1" }, "channels": { "#ops": "C1" } }
    }`),
    );
  });

  it.each([
    ['unknown-key', '{ ▶"agnets": {} }', 'error'],
    ['missing-key', '{ "agents": { "1": ▶{} } }', 'error'],
    ['wrong-type', '{ "agents": { "1": { "name": ▶7 } } }', 'error'],
    ['duplicate-key', '{ "bots": { "1": { "name": "a" }, ▶"1": { "name": "b" } } }', 'error'],
    [
      'duplicate-zuid',
      '{ "agents": { "1": { "name": "A", "zuid": "9" }, "2": { "name": "B", "zuid": ▶"9" } } }',
      'error',
    ],
    ['duplicate-name', '{ "agents": { "1": { "name": "Ana" }, "2": { "name": ▶"ana" } } }', 'warning'],
    ['unknown-name', '{ "channels": { "1": { "name": "W", "department": ▶"Support" } } }', 'warning'],
    [
      'unknown-name',
      '{ "agents": { "1": { "name": "Ana" } }, "teams": { "t": { "agents": ["Ana", ▶"Bea"] } } }',
      'warning',
    ],
  ] as const)('%s: %s', (code, text, severity) => {
    expectFault(code, undefined, directory(text), severity);
  });
});
