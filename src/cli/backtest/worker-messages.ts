import type { ErrorCode } from '../../domain/errors.ts';
import type { Progress } from '../../trial/backtest/read-lines.ts';
import type { RulesetLoad } from '../../trial/backtest/run-ruleset.ts';

/** What the main thread and the workers of a backtest say to each other. Epoch ms; infinite where there is no bound. */
export interface WorkerSetup {
  /** The rules folder: name → text. */
  files: ReadonlyMap<string, string>;
  cardBudget: number;
  from: number;
  since: number;
  until: number;
  tellsRecorded: boolean;
}

/** A piece of text ends with a line. It goes over as bytes, which are handed over or shared instead of being copied. */
export type ToWorker = { kind: 'piece'; bytes: Uint8Array } | { kind: 'end'; until: number | undefined };

export type FromWorker =
  | { kind: 'piece'; progress: Progress }
  | { kind: 'end'; progress: Progress; load: RulesetLoad | undefined }
  /** `known`: what is wrong with the events themselves, as an AppError has it. */
  | { kind: 'failed'; message: string; known?: { code: ErrorCode; remedy: string | undefined } };
