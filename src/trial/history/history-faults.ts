import { AppError } from '../../domain/errors.ts';

/** What makes a history unfit to be judged: what came of a part of it would look like what came of the whole. */
export function cutOff(): AppError {
  return new AppError('bad_request', 'the history is cut off: its last line is missing', {
    remedy: 'Copy or export it again.',
  });
}

export function otherVersion(): AppError {
  return new AppError('bad_request', 'the history is of another version', {
    remedy: 'Use the Vigia that exported it, or export it again.',
  });
}
