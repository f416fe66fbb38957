import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callCli } from './support/call-cli.ts';
import { makeFolder } from './support/temporary-folder.ts';

const OFFICE = `{
  // Hours in which people answer.
  "support-hours": {
    "description": "People answer",
    "zone": "America/Sao_Paulo",
    "hours": { "mon-fri": ["09:00-12:00", "13:00-18:00"] },
    "exceptions": {
      "2027-12-24": { "name": "Véspera", "hours": ["09:00-12:00"] }, // ours
      "2027-12-25": { "name": "Festa", "hours": [] } // ours too
    }
  }
}
`;

async function folderWith(calendars?: string, name = 'rules'): Promise<string> {
  const cwd = await makeFolder();
  await mkdir(join(cwd, name));
  if (calendars !== undefined) await writeFile(join(cwd, name, 'calendars.json'), calendars);
  return cwd;
}

const textIn = (cwd: string) => readFile(join(cwd, 'rules/calendars.json'), 'utf8');

function calendar(zone: string, hours: object, exceptions?: object): string {
  return JSON.stringify({ office: { zone, hours, ...(exceptions && { exceptions }) } });
}

/** The line of a date, without its date. */
function lineOf(stdout: string, date: string): string {
  const line = stdout.split('\n').find((text) => text.startsWith('  ') && text.includes(` ${date}`)) ?? '';
  return line.slice(line.indexOf(date) + date.length).trim();
}

describe('vigia calendar', () => {
  it('prints a fortnight from today, and whether it is open now', async () => {
    const cwd = await folderWith(calendar('UTC', { 'mon-sun': ['00:00-24:00'] }));
    const { code, stdout } = await callCli(['calendar', 'office'], { cwd });
    expect(code).toBe(0);
    const today = new Date().toISOString().slice(0, 10);
    expect(stdout).toMatch(
      /^office {2}UTC \(UTC\+00:00\), now \w{3} \d{4}-\d\d-\d\d \d\d:\d\d\nopen, never closes within 400 days\n\n/,
    );
    const dates = [...stdout.matchAll(/^ {2}\w{3} (\S+) {2}00:00-24:00$/gm)].map((match) => match[1]);
    expect(dates).toHaveLength(14);
    expect([today, new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)]).toContain(dates[0]);
  });

  it('shows the hours of each date, exceptions by their names, and days that are closed', async () => {
    const cwd = await folderWith(OFFICE);
    const { stdout } = await callCli(['calendar', 'support-hours', '--from', '2027-12-23', '--days', '4'], { cwd });
    expect(stdout.split('\n\n')[1]).toBe(
      [
        '  Thu 2027-12-23  09:00-12:00  13:00-18:00\n',
        '  Fri 2027-12-24  09:00-12:00               Véspera\n',
        '  Sat 2027-12-25  closed                    Festa\n',
        '  Sun 2027-12-26  closed\n',
      ].join(''),
    );
    expect(stdout).toContain('People answer\n');
  });

  it.each([
    ['America/New_York', '2026-03-08', 'clocks change from 02:00 to 03:00 (UTC-04:00)'],
    ['America/New_York', '2026-11-01', 'clocks change from 02:00 to 01:00 (UTC-05:00)'],
    ['Europe/Lisbon', '2026-03-29', 'clocks change from 01:00 to 02:00 (UTC+01:00)'],
    ['Europe/Lisbon', '2026-10-25', 'clocks change from 02:00 to 01:00 (UTC+00:00)'],
    ['America/Sao_Paulo', '2018-11-04', 'clocks change from 00:00 to 01:00 (UTC-02:00)'],
    ['America/Sao_Paulo', '2018-02-17', 'clocks change from 00:00 to 23:00 (UTC-03:00)'],
    ['America/Sao_Paulo', '2026-11-01', ''],
    ['Asia/Kolkata', '2026-03-29', ''],
  ])('marks the date on which the clocks of %s change: %s', async (zone, date, mark) => {
    const cwd = await folderWith(calendar(zone, { 'mon-sun': ['00:00-24:00'] }));
    const before = new Date(Date.parse(`${date}T00:00Z`) - 2 * 86_400_000).toISOString().slice(0, 10);
    const { stdout } = await callCli(['calendar', 'office', '--from', before, '--days', '5'], { cwd });
    expect(lineOf(stdout, date)).toBe(`00:00-24:00  ${mark}`.trim());
    expect(stdout.split('clocks change').length - 1).toBe(mark === '' ? 0 : 1);
  });

  it('shows a stretch past midnight on both of its dates', async () => {
    const cwd = await folderWith(calendar('Asia/Kolkata', { mon: ['22:00-06:00'] }));
    const { stdout } = await callCli(['calendar', 'office', '--from', '2026-11-23', '--days', '2'], { cwd });
    expect([lineOf(stdout, '2026-11-23'), lineOf(stdout, '2026-11-24')]).toEqual(['22:00-24:00', '00:00-06:00']);
  });

  it('prints the same as JSON', async () => {
    const cwd = await folderWith(
      calendar(
        'America/New_York',
        { sun: ['00:00-06:00'] },
        { '2026-03-09': { name: 'Inventory', hours: ['10:00-11:00'] } },
      ),
    );
    const args = ['calendar', 'office', '--from', '2026-03-08', '--days', '2', '--json'];
    const { name, zone, days, open, ...rest } = JSON.parse((await callCli(args, { cwd })).stdout);
    expect({ name, zone, days }).toEqual({
      name: 'office',
      zone: 'America/New_York',
      days: [
        {
          date: '2026-03-08',
          weekday: 'sun',
          hours: ['00:00-06:00'],
          exception: false,
          utcOffset: '-05:00',
          clockChange: { at: '2026-03-08T07:00:00.000Z', from: '02:00', to: '03:00', utcOffset: '-04:00' },
        },
        {
          date: '2026-03-09',
          weekday: 'mon',
          hours: ['10:00-11:00'],
          exception: true,
          name: 'Inventory',
          utcOffset: '-04:00',
        },
      ],
    });
    expect(Date.parse(rest[open ? 'nextClose' : 'nextOpen'])).toBeGreaterThan(Date.parse(rest.now));
  });

  it('lists the calendars without a name, in whatever folder', async () => {
    const cwd = await folderWith(
      JSON.stringify({
        never: { zone: 'Asia/Kolkata', hours: {} },
        always: { zone: 'Europe/Lisbon', hours: { 'mon-sun': ['00:00-24:00'] } },
      }),
      'elsewhere',
    );
    const listed = await callCli(['calendar', '--rules', 'elsewhere'], { cwd });
    expect(listed.stdout).toMatch(
      /^never {2}Asia\/Kolkata \(UTC\+05:30\).*\n {2}closed, never opens within 400 days\nalways /,
    );
    const { stdout } = await callCli(['calendar', '--json'], { cwd, env: { RULES_DIR: 'elsewhere' } });
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'never', zone: 'Asia/Kolkata', open: false, nextOpen: null },
      { name: 'always', zone: 'Europe/Lisbon', open: true, nextClose: null },
    ]);
  });

  it.each([
    ['no file', undefined, ['calendar'], 'there is no rules/calendars.json'],
    ['no such calendar', OFFICE, ['calendar', 'suport-hours'], 'Did you mean "support-hours"?'],
    ['no number', OFFICE, ['calendar', 'support-hours', '--days', '0'], '--days takes a whole number from 1 to 400'],
    ['no date', OFFICE, ['calendar', 'support-hours', '--from', '2027-02-30'], '--from takes a date'],
    [
      'a fault',
      calendar('Europe/Lisboa', {}),
      ['calendar'],
      'calendars.json:1:19 there is no time zone "Europe/Lisboa"',
    ],
    ['no folder', OFFICE, ['calendar', '--rules', 'nowhere'], 'there is no rules folder'],
  ])('says what is wrong: %s', async (_, text, args, said) => {
    const { code, stdout, stderr } = await callCli(args, { cwd: await folderWith(text) });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(said);
  });
});

describe('vigia calendar import-holidays', () => {
  it('writes what is not written, in order, and keeps comments and what a person wrote', async () => {
    const cwd = await folderWith(OFFICE);
    const { code, stdout } = await callCli(['calendar', 'import-holidays', 'BR-SP', '2027'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('+ 2027-07-09  Revolução Constitucionalista\n');
    expect(stdout).toContain('2027-12-25  kept as it is written: Festa, closed (Natal)\n');
    expect(stdout).toContain('9 added to "support-hours" in rules/calendars.json, 1 there already; left out:');
    const text = await textIn(cwd);
    const added = text.split('\n').filter((line) => !OFFICE.includes(line));
    expect(added).toHaveLength(9);
    expect(added[0]).toBe('      "2027-01-01": { "name": "Ano Novo", "hours": [] },');
    expect(added).toEqual(added.toSorted());
    // Nothing of what was there has changed.
    expect(
      text
        .split('\n')
        .filter((line) => OFFICE.includes(line))
        .join('\n'),
    ).toBe(OFFICE);
    const shown = await callCli(['calendar', 'support-hours', '--from', '2027-07-09', '--days', '1'], { cwd });
    expect(lineOf(shown.stdout, '2027-07-09')).toBe('closed  Revolução Constitucionalista');
  });

  it('changes nothing the second time', async () => {
    const cwd = await folderWith(OFFICE);
    await callCli(['calendar', 'import-holidays', 'BR-SP', '2027'], { cwd });
    const once = await textIn(cwd);
    const again = await callCli(['calendar', 'import-holidays', 'br-sp', '2027'], { cwd });
    expect(again.stdout).toContain('0 added to "support-hours" in rules/calendars.json, 10 there already');
    expect(await textIn(cwd)).toBe(once);
  });

  it('writes nothing with --dry-run, and tells programs the same', async () => {
    const cwd = await folderWith(OFFICE);
    const args = ['calendar', 'import-holidays', 'BR', '2027', '--dry-run', '--json'];
    const { stdout } = await callCli(args, { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      calendar: 'support-hours',
      dryRun: true,
      kept: [{ date: '2027-12-25', name: 'Natal', written: 'Festa, closed' }],
      leftOut: { bank: 3 },
    });
    expect(JSON.parse(stdout).added).toContainEqual({ date: '2027-04-21', name: 'Dia de Tiradentes' });
    expect(await textIn(cwd)).toBe(OFFICE);
  });

  it('takes other types, other languages, and holidays of several days', async () => {
    const cwd = await folderWith(calendar('America/Sao_Paulo', { 'mon-fri': ['09:00-18:00'] }));
    await callCli(['calendar', 'import-holidays', 'BR', '2027', '--types', 'public,bank', '--language', 'en'], { cwd });
    const { office } = JSON.parse(await textIn(cwd));
    expect(office.exceptions['2027-02-09']).toEqual({ name: 'Carnival', hours: [] });
    await callCli(['calendar', 'import-holidays', 'SA', '2027', '--language', 'en'], { cwd });
    const dates = Object.keys(JSON.parse(await textIn(cwd)).office.exceptions);
    expect(dates).toEqual(dates.toSorted());
    expect(dates).toEqual(expect.arrayContaining(['2027-03-09', '2027-03-10', '2027-03-11', '2027-03-12']));
  });

  it('says of a holiday that is a part of a day that its hours are for people to write', async () => {
    const cwd = await folderWith(calendar('America/Sao_Paulo', {}));
    const { stdout } = await callCli(['calendar', 'import-holidays', 'BR', '2027', '--types', 'optional'], { cwd });
    expect(stdout).toContain('2027-12-31 (Véspera de Ano Novo) is a part of the day only');
    expect(stdout).toContain('2027-02-10 (Carnaval) is a part of the day only');
    expect(Object.keys(JSON.parse(await textIn(cwd)).office.exceptions)).toEqual(['2027-02-06', '2027-02-07']);
  });

  it('leaves a file alone that it cannot read letter by letter', async () => {
    const cwd = await folderWith();
    const path = join(cwd, 'rules/calendars.json');
    const bytes = Buffer.from(OFFICE, 'latin1');
    await writeFile(path, bytes);
    const { code, stderr } = await callCli(['calendar', 'import-holidays', 'BR', '2027'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain('is not written in UTF-8');
    expect(await readFile(path)).toEqual(bytes);
  });

  it('asks which calendar where there are several', async () => {
    const two = '{ "a": { "zone": "UTC", "hours": {} }, "b": { "zone": "UTC", "hours": {} } }';
    const cwd = await folderWith(two);
    const asked = await callCli(['calendar', 'import-holidays', 'PT', '2027'], { cwd });
    expect(asked).toMatchObject({ code: 1, stdout: '' });
    expect(asked.stderr).toContain('Say which: --calendar a | b.');
    await callCli(['calendar', 'import-holidays', 'PT', '2027', '--calendar', 'b'], { cwd });
    const { a, b } = JSON.parse(await textIn(cwd));
    expect(a.exceptions).toBeUndefined();
    expect(b.exceptions['2027-06-10'].name).toBe('Dia de Portugal');
  });

  it.each([
    [['brazil', '2027'], 'Did you mean BR (Brazil)?'],
    [['BR-SAOPAULO', '2027'], 'Did you mean BR-SP (São Paulo)?'],
    [['BR-PS', '2027'], 'Near: BR-SP (São Paulo)'],
    [['BR-ZZ', '2027'], 'Known: BR-AC (Acre), BR-AL (Alagoas)'],
    [['PT-01', '2027'], 'Write PT: no parts of it are known.'],
    [['XX', '2027'], 'Near: XK (Kosovo).'],
    [['BR', '27'], '"27" is no year'],
    [['BR', '2027', '--types', 'publik'], 'Did you mean "public"?'],
    [['BR', '2027', '--language', 'de'], 'There are: pt, en.'],
    [['BR', '2027', '--calendar', 'suport-hours'], 'Did you mean "support-hours"?'],
    [['BR'], "missing required argument 'year'"],
  ])('says what is wrong: %j', async (args, said) => {
    const cwd = await folderWith(OFFICE);
    const { code, stdout, stderr } = await callCli(['calendar', 'import-holidays', ...args], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(said);
    expect(await textIn(cwd)).toBe(OFFICE);
  });
});
