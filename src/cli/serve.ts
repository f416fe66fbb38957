import type { Command } from 'commander';
import { configureLogging } from '../runtime/logging.ts';
import { startService } from '../runtime/service.ts';
import { explainRuleFaults } from './explain-rule-faults.ts';
import type { CliIo } from './io.ts';
import { readConfig } from './read-config.ts';
import { untilStopped } from './until-stopped.ts';

export function registerServe(program: Command, io: CliIo): void {
  program
    .command('serve')
    .description(
      'Starts the service: the webhook, the rules, the deliveries, the board and the API.\nIt is configured by the environment; .env.example explains each variable.',
    )
    .action(async () => {
      const config = readConfig(io);
      await configureLogging(config.logLevel, { pretty: io.stderr.isTTY === true });
      const service = await explainRuleFaults(io, () => startService({ config }));
      io.stdout.write(
        `Vigia listens on ${service.url}\n  board    ${service.url}/\n  webhook  ${service.url}/webhooks/zoho-desk\n`,
      );
      await untilStopped();
      io.stderr.write('Stopping: deliveries under way get some seconds to finish.\n');
      await service.stop();
    });
}
