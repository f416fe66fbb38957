import { configure, type LogRecord, reset } from '@logtape/logtape';

/** Everything that is logged from now on, as text with its properties; `stop` ends it. */
export async function captureLog(): Promise<{ lines(): string[]; stop(): Promise<void> }> {
  const records: LogRecord[] = [];
  await configure({
    reset: true,
    sinks: { memory: (record) => void records.push(record) },
    loggers: [
      { category: 'vigia', lowestLevel: 'trace', sinks: ['memory'] },
      { category: ['logtape', 'meta'], lowestLevel: 'error', sinks: [] },
    ],
  });
  return {
    lines: () =>
      records.map((record) => `${record.level} ${record.message.join('')} ${JSON.stringify(record.properties)}`),
    stop: reset,
  };
}
