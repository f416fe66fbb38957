import { formatNumber, formatTable } from '../statistics.ts';
import { type BenchOptions, type HttpFigures, openBench } from './measure.ts';

/**
 * One process and two on one PostgreSQL. With rules that cost much, a process is limited by its one core, and two carry
 * more; with an ordinary desk's, the machine is, which PostgreSQL shares.
 */
export interface ProcessesRow {
  rules: NonNullable<BenchOptions['rules']>;
  processes: number;
  figures: HttpFigures;
}

const CONNECTIONS = 64;

export async function measureProcesses(seconds: number): Promise<ProcessesRow[]> {
  const rows: ProcessesRow[] = [];
  for (const rules of ['costly', 'mix'] as const) {
    for (const processes of [1, 2]) {
      const bench = await openBench({ database: 'postgres', what: 'vigia', rules, processes });
      try {
        await bench.run({ connections: CONNECTIONS, eventsPerRequest: 1, seconds: 2 });
        const figures = await bench.run({ connections: CONNECTIONS, eventsPerRequest: 1, seconds });
        rows.push({ rules, processes, figures });
      } finally {
        await bench.close();
      }
    }
  }
  return rows;
}

export function formatProcesses(rows: readonly ProcessesRow[]): string {
  const busy = ({ figures }: ProcessesRow) => {
    const { serverCpuUs, databaseCpuUs = 0, cpuUs, judgedPerSecond } = figures;
    return ((serverCpuUs + databaseCpuUs + cpuUs) * judgedPerSecond) / 1e6;
  };
  const table = formatTable([
    ['rules, processes', 'judged/s', 'to one', 'CPU of the servers, µs', 'of PostgreSQL', 'cores busy'],
    ...rows.map((row) => {
      const { rules, processes, figures } = row;
      const one = rows.find((other) => other.rules === rules && other.processes === 1)?.figures.judgedPerSecond;
      return [
        `${rules}, ${processes}`,
        formatNumber(figures.judgedPerSecond),
        one === undefined ? '-' : `${formatNumber(figures.judgedPerSecond / one)} ×`,
        formatNumber(figures.serverCpuUs),
        figures.databaseCpuUs === undefined ? '-' : formatNumber(figures.databaseCpuUs),
        formatNumber(busy(row)),
      ];
    }),
  ]);
  return `One process and two on one PostgreSQL, single events over HTTP\n\n${table}`;
}
