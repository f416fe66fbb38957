/** One line of what `vigia doctor` found. */
export interface Finding {
  area: Area;
  status: 'ok' | 'warn' | 'fail';
  message: string;
  /** What to do about it; absent when all is well. */
  remedy?: string;
}

/** In the order in which they are shown. */
export const AREAS = ['environment', 'database', 'rules', 'server', 'webhook', 'zoho-desk', 'slack'] as const;
export type Area = (typeof AREAS)[number];

export interface Reporter {
  ok(message: string): void;
  warn(message: string, remedy: string): void;
  fail(message: string, remedy: string): void;
}

/** Writes findings of one area into a list. */
export function createReporter(findings: Finding[], area: Area): Reporter {
  return {
    ok: (message) => findings.push({ area, status: 'ok', message }),
    warn: (message, remedy) => findings.push({ area, status: 'warn', message, remedy }),
    fail: (message, remedy) => findings.push({ area, status: 'fail', message, remedy }),
  };
}
