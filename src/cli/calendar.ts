import type { Command } from 'commander';
import { registerImportHolidays } from './calendar/import-holidays.ts';
import { listCalendars, type ShowOptions, showCalendar } from './calendar/show-calendar.ts';
import { explainRuleFaults } from './explain-rule-faults.ts';
import type { CliIo } from './io.ts';

export function registerCalendar(program: Command, io: CliIo): void {
  const command = program
    .command('calendar')
    .description(
      'Prints the coming fortnight of a calendar of calendars.json: the hours of each date in its own zone, holidays, and\n' +
        'changes of the clocks. Without a name: the calendars that there are.',
    )
    .argument('[name]', 'the calendar')
    .option('--days <count>', 'how many dates, 1 to 400', '14')
    .option('--from <date>', 'the first date, as in 2027-12-20 (default: today)')
    .option('--rules <dir>', 'folder of the rules (default: RULES_DIR, or ./rules)')
    .option('--json', 'print the result as JSON')
    .action((name: string | undefined, options: ShowOptions) =>
      explainRuleFaults(io, () => (name === undefined ? listCalendars(options, io) : showCalendar(name, options, io))),
    );
  registerImportHolidays(command, io);
}
