import { configureSync, getJsonLinesFormatter, type LogLevel } from '@logtape/logtape';

const formatter = getJsonLinesFormatter();

/** Log lines as JSON on the console, which the platform collects. */
export function configureConsoleLog(level: LogLevel): void {
  configureSync({
    reset: true,
    sinks: {
      console: (record) => {
        const write = record.level === 'error' || record.level === 'fatal' ? console.error : console.log;
        write(formatter(record).trimEnd());
      },
    },
    loggers: [
      { category: ['vigia'], lowestLevel: level, sinks: ['console'] },
      { category: ['logtape', 'meta'], lowestLevel: 'warning', sinks: ['console'] },
    ],
  });
}
