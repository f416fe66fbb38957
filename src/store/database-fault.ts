/** Telling apart what went wrong by the SQLSTATE that both drivers leave in `code`, on the error or on its cause. */
function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

/** 22: data exceptions; 23: constraints; 54: a limit exceeded. The statement would fail again, whoever runs it. */
const DATA_CLASSES = new Set(['22', '23', '54']);

/** Whether the fault lies in what was to be written, and not in the database, the connection or the moment. */
export function isDataFault(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && DATA_CLASSES.has(code.slice(0, 2));
}

/** 08: connection; 40: deadlock, serialization; 53: resources; 57: shutdown, timeout; 58: system. */
const PASSING_CLASSES = new Set(['08', '40', '53', '57', '58']);

/** Whether another try may go through: the moment was bad, or the database is away (the driver then gives its own code). */
export function isPassingFault(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return PASSING_CLASSES.has(code.slice(0, 2));
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { code: reason } = at as { code?: unknown };
    if (typeof reason === 'string' && /^(?:E[A-Z]+$|CONNECT)/.test(reason)) return true;
  }
  return false;
}
