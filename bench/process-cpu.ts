import { readFile } from 'node:fs/promises';

/** Linux counts the CPU of a process in hundredths of a second. */
const TICK_MS = 10;

/** What Linux knows of a process. */
export interface ProcessFigures {
  name: string;
  /** CPU used so far, user and system, ms. */
  cpuMs: number;
  /** The same of its children that have ended. */
  endedChildrenMs: number;
  parentPid: number;
}

/** @throws where there is no /proc, or no such process */
export async function readProcess(pid: number): Promise<ProcessFigures> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // After the name come the fields of proc(5) from the third on.
  const field = (number: number) => Number(fields[number - 3]);
  return {
    name,
    parentPid: field(4),
    cpuMs: (field(14) + field(15)) * TICK_MS,
    endedChildrenMs: (field(16) + field(17)) * TICK_MS,
  };
}

/** Resident memory of a process and its highest so far, MB. */
export async function readMemory(pid: number): Promise<{ residentMb: number; peakMb: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const of = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1_024;
  return { residentMb: of('VmRSS'), peakMb: of('VmHWM') };
}
