import { emptyDirectory, nameKey } from '../../domain/directory.ts';
import type { Directory } from '../../domain/rule.ts';
import type { DirectoryFile } from '../../domain/rule-file.ts';

/** From directory.json to look-ups by id: names in it that stand for ids (a channel's department, a team's agents) become ids. */
export function buildDirectory(file: DirectoryFile): Directory {
  const directory = emptyDirectory();
  const departmentIds = namesToIds(file.departments);
  const agentIds = namesToIds(file.agents);
  for (const [id, { name }] of Object.entries(file.departments ?? {})) directory.departments.set(id, { name });
  for (const [id, { name }] of Object.entries(file.bots ?? {})) directory.bots.set(id, { name });
  for (const [id, { name, department, integration }] of Object.entries(file.channels ?? {})) {
    directory.channels.set(id, {
      name,
      ...(department !== undefined && { departmentId: departmentIds.get(nameKey(department)) ?? department }),
      ...(integration !== undefined && { integration }),
    });
  }
  for (const [id, { name, zuid, slack }] of Object.entries(file.agents ?? {})) {
    directory.agents.set(id, { name, ...(zuid !== undefined && { zuid }), ...(slack !== undefined && { slack }) });
    if (zuid !== undefined) directory.agentIdByZuid.set(zuid, id);
  }
  for (const [key, { name, agents }] of Object.entries(file.teams ?? {})) {
    const ids = agents.map((agent) => agentIds.get(nameKey(agent)) ?? agent);
    directory.teams.set(key, ids);
    if (name !== undefined && !directory.teams.has(name)) directory.teams.set(name, ids);
  }
  for (const [name, id] of Object.entries(file.slack?.users ?? {}))
    directory.slackUsers.set(name.replace(/^@/, ''), id);
  for (const [name, id] of Object.entries(file.slack?.channels ?? {})) {
    directory.slackChannels.set(name.startsWith('#') ? name : `#${name}`, id);
  }
  return directory;
}

function namesToIds(entries: Record<string, { name: string }> | undefined): Map<string, string> {
  return new Map(Object.entries(entries ?? {}).map(([id, { name }]) => [nameKey(name), id]));
}
