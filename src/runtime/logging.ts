import { configure, getJsonLinesFormatter, getTextFormatter, type LogLevel } from '@logtape/logtape';

/** Log lines go to standard error: JSON for machines, plain text on a terminal. Secrets never reach a log call. */
export async function configureLogging(level: LogLevel, { pretty }: { pretty: boolean }): Promise<void> {
  const formatter = pretty ? getTextFormatter({ timestamp: 'time' }) : getJsonLinesFormatter();
  const write = (line: string) => process.stderr.write(line.endsWith('\n') ? line : `${line}\n`);
  await configure({
    reset: true,
    sinks: {
      stderr: (record) => {
        write(formatter(record));
      },
    },
    loggers: [
      { category: ['vigia'], lowestLevel: level, sinks: ['stderr'] },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['stderr'] },
    ],
  });
}
