import { parentPort, workerData } from 'node:worker_threads';
import { AppError, errorText } from '../../domain/errors.ts';
import { compileRuleset } from '../../engine/compile.ts';
import { loadRuleset } from '../../engine/load/load-ruleset.ts';
import { createLineRun, type LineRun } from '../../trial/backtest/read-lines.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.ts';

/** The thread of one ruleset of a backtest: judges one piece of text after the other, and answers each. */
const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread');

const decoder = new TextDecoder();
const run = startRun(asSetup(workerData));
let turn: Promise<void> = Promise.resolve();

port.on('message', (message: ToWorker) => {
  turn = turn.then(() => answer(message)).catch(fail);
});

async function answer(message: ToWorker): Promise<void> {
  if (message.kind === 'piece') {
    say({ kind: 'piece', progress: await run.take(decoder.decode(message.bytes)) });
    return;
  }
  const { load, ...progress } = await run.end(message.until);
  say({ kind: 'end', progress, load });
}

function fail(error: unknown): void {
  const known = error instanceof AppError ? { known: { code: error.code, remedy: error.remedy } } : {};
  say({ kind: 'failed', message: errorText(error), ...known });
}

function say(message: FromWorker): void {
  port?.postMessage(message);
}

function startRun({ files, ...setup }: WorkerSetup): LineRun {
  const loaded = loadRuleset(files);
  if (!loaded.ok) throw new Error('the rules were sound when the main thread loaded them');
  return createLineRun({ ...setup, ruleset: compileRuleset(loaded.ruleset) });
}

/** The main thread is the only one that starts this file, and gives it nothing else. */
function asSetup(data: unknown): WorkerSetup {
  return data as WorkerSetup;
}
