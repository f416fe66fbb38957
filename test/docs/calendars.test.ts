import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callCli } from '../cli/support/call-cli.ts';
import { makeFolder } from '../cli/support/temporary-folder.ts';
import { loadRules } from '../support/load-rules.ts';

/** What docs/calendars.md says of its own examples is so. */
const page = await readFile(new URL('../../docs/calendars.md', import.meta.url), 'utf8');
const [, file = ''] = /<!-- file: calendars\.json -->\n```json\n([\s\S]*?)\n```/.exec(page) ?? [];
const commands = [...page.matchAll(/<!-- command: (.*) -->\n```text\n([\s\S]*?)\n```/g)];

describe('docs/calendars.md', () => {
  it.each(commands.map(([, command = '', shown = '']) => [command, shown]))(
    'vigia %s prints what it shows',
    async (command, shown) => {
      const cwd = await makeFolder();
      await mkdir(join(cwd, 'rules'));
      await writeFile(join(cwd, 'rules/calendars.json'), file);
      const { stdout } = await callCli(command.split(' '), { cwd });
      // Above the blank line stands what it is now.
      expect(stdout.split('\n\n')[1]?.trimEnd()).toBe(shown);
    },
  );

  it('has examples', () => expect(commands.length).toBeGreaterThan(1));

  it('tells of nights and of hours as they are', () => {
    const { calendars } = loadRules({ 'calendars.json': file });
    const hours = 3_600_000;
    const night = calendars.get('night-shift');
    const support = calendars.get('support-hours');
    const at = (text: string) => Date.parse(text);
    // The nights of December.
    expect(night?.nextClose(at('2026-12-23T23:00:00-05:00'))).toBe(at('2026-12-24T00:00:00-05:00'));
    expect(night?.nextOpen(at('2026-12-24T00:00:00-05:00'))).toBe(at('2026-12-27T22:00:00-05:00'));
    // An hour of business time from Friday 17:30.
    expect(support?.addOpenTime(at('2026-11-27T17:30:00-03:00'), hours)).toBe(at('2026-11-28T09:30:00-03:00'));
    // A night in spring and one in autumn, for a shift that is there every night.
    const every = loadRules({ 'calendars.json': file.replace('sun-thu', 'sun-sat') }).calendars.get('night-shift');
    const length = (evening: string) => every?.openTimeBetween(at(evening), at(evening) + 20 * hours);
    expect(length('2026-03-07T20:00:00-05:00')).toBe(7 * hours);
    expect(length('2026-10-31T20:00:00-04:00')).toBe(9 * hours);
  });
});
