import { suggestion } from '../../domain/did-you-mean.ts';
import { nameKey } from '../../domain/directory.ts';
import type { DirectoryFile } from '../../domain/rule-file.ts';
import type { Finding } from '../load/fault.ts';
import type { JsonPath } from '../load/json-source.ts';

/** directory.json: names are unique where they stand for an id, and what one entry says of another is there. */
export function checkDirectory(file: DirectoryFile): Finding[] {
  return [
    ...checkUniqueNames('agents', file.agents),
    ...checkUniqueNames('departments', file.departments),
    ...checkUniqueNames('bots', file.bots),
    ...checkUniqueZuids(file.agents ?? {}),
    ...Object.entries(file.channels ?? {}).flatMap(([id, { department }]) =>
      checkKnown('department', department, ['channels', id, 'department'], file.departments),
    ),
    ...Object.entries(file.teams ?? {}).flatMap(([key, { agents }]) =>
      agents.flatMap((agent, index) => checkKnown('agent', agent, ['teams', key, 'agents', index], file.agents)),
    ),
  ];
}

type Named = Record<string, { name: string }>;

function checkUniqueNames(section: string, entries: Named | undefined): Finding[] {
  const seen = new Set<string>();
  return Object.entries(entries ?? {}).flatMap(([id, { name }]): Finding[] => {
    if (!seen.has(nameKey(name))) {
      seen.add(nameKey(name));
      return [];
    }
    return [
      {
        path: [section, id, 'name'],
        severity: 'warning',
        code: 'duplicate-name',
        message: `"${name}" is the name of another of the ${section} too`,
        remedy: 'Rules that use the name mean the last of them: tell them apart.',
      },
    ];
  });
}

function checkUniqueZuids(agents: NonNullable<DirectoryFile['agents']>): Finding[] {
  const seen = new Map<string, string>();
  return Object.entries(agents).flatMap(([id, { name, zuid }]): Finding[] => {
    if (zuid === undefined) return [];
    const other = seen.get(zuid);
    seen.set(zuid, name);
    if (other === undefined) return [];
    const message = `"${zuid}" is the ZUID of ${other} too`;
    const remedy = 'A ZUID belongs to one agent: look both up in Zoho Desk.';
    return [{ path: ['agents', id, 'zuid'], code: 'duplicate-zuid', message, remedy }];
  });
}

function checkKnown(kind: string, value: string | undefined, path: JsonPath, entries: Named = {}): Finding[] {
  if (value === undefined || Object.hasOwn(entries, value)) return [];
  const names = Object.values(entries).map(({ name }) => name);
  if (names.some((name) => nameKey(name) === nameKey(value))) return [];
  const message = `there is no ${kind} "${value}" in this file`;
  const remedy = names.length === 0 ? `Add the ${kind}, with its id.` : suggestion(value, names);
  return [{ path, severity: 'warning', code: 'unknown-name', message, remedy }];
}
