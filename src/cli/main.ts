import type { CliIo } from './io.ts';
import { runCli } from './run-cli.ts';

/**
 * The process: its streams, its environment, its exit code. Started through vigia.js, which first looks at the version of
 * Node; `node src/cli/main.ts` does the same where that is known to be new enough.
 */
process.stdout.on('error', leaveOnClosedPipe);
process.stderr.on('error', leaveOnClosedPipe);

const io: CliIo = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  exitCode: 0,
};
const exitCode = await runCli(process.argv.slice(2), io);
// Not process.exit: what was written to a pipe may still be on its way.
if (exitCode !== 0) process.exitCode = exitCode;

/** `vigia … | head` closes our output early: that is no fault. */
function leaveOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
