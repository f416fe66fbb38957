import { Worker } from 'node:worker_threads';
import { AppError } from '../../domain/errors.ts';
import type { Progress } from '../../trial/backtest/read-lines.ts';
import type { RulesetLoad } from '../../trial/backtest/run-ruleset.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.ts';

/** A ruleset in a thread of its own, fed piece by piece and never with more than it can take. */
export interface RulesetThread {
  /** Resolves as soon as the thread can take another piece. Rejects when judging has failed. */
  give(bytes: Uint8Array): Promise<void>;
  end(until: number | undefined): Promise<{ progress: Progress; load: RulesetLoad | undefined }>;
  /** Ends the thread, whatever it is doing. */
  stop(): Promise<void>;
}

/** What judging makes lives for one event: with room for that, collecting garbage takes less of its time. */
const YOUNG_MB = 96;
/** Pieces that wait in a thread: enough that it never waits for the reading. */
const MAX_WAITING = 4;

export function startRulesetThread(setup: WorkerSetup, onProgress: (progress: Progress) => void): RulesetThread {
  const worker = new Worker(new URL('./ruleset-worker.ts', import.meta.url), {
    workerData: setup,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  });
  let waiting = 0;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;
  let ended: { progress: Progress; load: RulesetLoad | undefined } | undefined;

  function fail(error: Error): void {
    failure ??= error;
    wake?.();
  }

  worker.on('message', (message: FromWorker) => {
    if (message.kind === 'failed') return fail(toFailure(message.message, message.known));
    onProgress(message.progress);
    if (message.kind === 'end') ended = message;
    else waiting -= 1;
    wake?.();
  });
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(toFailure('its thread ended')));

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (failure !== undefined) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure;
  }

  return {
    async give(bytes) {
      await until(() => waiting < MAX_WAITING);
      waiting += 1;
      const message: ToWorker = { kind: 'piece', bytes };
      worker.postMessage(message);
    },
    async end(at) {
      const message: ToWorker = { kind: 'end', until: at };
      worker.postMessage(message);
      await until(() => ended !== undefined);
      if (ended === undefined) throw toFailure('its thread ended');
      return ended;
    },
    stop: async () => {
      await worker.terminate();
    },
  };
}

function toFailure(reason: string, known?: Extract<FromWorker, { kind: 'failed' }>['known']): AppError {
  if (known !== undefined) {
    return new AppError(known.code, reason, known.remedy === undefined ? {} : { remedy: known.remedy });
  }
  return new AppError('internal', `the events could not be judged: ${reason}`, {
    remedy: 'Run it again with LOG_LEVEL=debug. Which rule it is, shorter stretches tell (--since, --until).',
  });
}
