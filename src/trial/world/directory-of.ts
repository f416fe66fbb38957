import type { Directory } from '../../domain/rule.ts';
import type { World } from '../../domain/test-file.ts';

/**
 * The directory of the rules, completed by what a test's world names: the service learns the same from Zoho Desk. What the
 * rules say of somebody goes first.
 */
export function withWorld(directory: Directory, { agents = [], channels = [] }: World): Directory {
  const merged: Directory = {
    ...directory,
    agents: new Map(directory.agents),
    agentIdByZuid: new Map(directory.agentIdByZuid),
    channels: new Map(directory.channels),
    departments: new Map(directory.departments),
  };
  for (const { id, name, zuid, departments = [] } of agents) {
    if (!merged.agents.has(id)) merged.agents.set(id, { name: name ?? id, zuid: zuid ?? id });
    merged.agentIdByZuid.set(zuid ?? merged.agents.get(id)?.zuid ?? id, id);
    for (const department of departments) addDepartment(merged, department);
  }
  for (const { departmentId } of channels) if (departmentId !== undefined) addDepartment(merged, departmentId);
  return merged;
}

function addDepartment({ departments }: Directory, id: string): void {
  if (!departments.has(id)) departments.set(id, { name: id });
}
