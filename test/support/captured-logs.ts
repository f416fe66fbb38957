import { configure, reset } from '@logtape/logtape';

/** Everything that is logged under `vigia`, from debug up, as JSON lines. Undo with `stop`. */
export async function captureLogs(): Promise<{ lines: string[]; stop: () => Promise<void> }> {
  const lines: string[] = [];
  await configure({
    reset: true,
    sinks: { memory: (record) => void lines.push(JSON.stringify([record.message, record.properties])) },
    loggers: [
      { category: 'vigia', lowestLevel: 'debug', sinks: ['memory'] },
      { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: ['memory'] },
    ],
  });
  return { lines, stop: reset };
}
