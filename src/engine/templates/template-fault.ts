import { LiquidError } from 'liquidjs';
import { formatDuration } from '../../domain/duration.ts';
import { AppError } from '../../domain/errors.ts';

/** A fault of a template whose message names no value, so that it may be shown and kept. */
export class TemplateFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateFault';
  }
}

/** A rendering that was given too little time. It is no fault of the template: whoever renders tries again later. */
export class RenderTimeout extends AppError {
  constructor(timeoutMs: number) {
    super('unavailable', `a template was not rendered within ${formatDuration(timeoutMs)}`, {
      remedy: 'The machine is very busy; try again.',
    });
  }
}

/** What went wrong in Liquid, without its "line:1, col:4" and without values, and where in the template. */
export function describeLiquidError(error: unknown): { message: string; offset: number } {
  if (error instanceof TemplateFault) return { message: error.message, offset: 0 };
  if (!isLiquidError(error)) return { message: 'the template cannot be rendered', offset: 0 };
  const offset = error.token?.begin ?? 0;
  const cause = error.originalError;
  if (cause !== undefined && !SAFE_CAUSES.has(cause.name))
    return { message: 'the template cannot be rendered', offset };
  const message = (cause?.message ?? error.message).replace(/, line:\d+, col:\d+$/, '');
  return { message, offset };
}

/** Errors whose messages are about the template. `Error` is how Liquid's own tags tell of a tag that is not closed. */
const SAFE_CAUSES = new Set(['AssertionError', 'TemplateFault', 'TokenizationError', 'ParseError', 'Error']);

function isLiquidError(error: unknown): error is LiquidError {
  return error instanceof LiquidError;
}
