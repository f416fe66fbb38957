/** One line of what `vigia doctor` found. */
export interface Finding {
  area: Area;
  status: 'ok' | 'warn' | 'fail';
  message: string;
  /** What to do about it; absent when all is well. */
  remedy?: string;
}

/** In the order in which they are shown. */
export const AREAS = [
  'environment',
  'database',
  'invariants',
  'rules',
  'server',
  'webhook',
  'zoho-desk',
  'slack',
] as const;
export type Area = (typeof AREAS)[number];

export interface Reporter {
  ok(message: string): void;
  warn(message: string, remedy: string): void;
  fail(message: string, remedy: string): void;
}

export interface Report {
  /** Takes findings of an area; those of one reporter stay together. */
  about(area: Area): Reporter;
  /** By area, then by the order in which their reporters were made, whoever was ready first. */
  findings(): Finding[];
}

export function createReport(): Report {
  const parts: { area: Area; findings: Finding[] }[] = [];
  return {
    about(area) {
      const findings: Finding[] = [];
      parts.push({ area, findings });
      return {
        ok: (message) => findings.push({ area, status: 'ok', message }),
        warn: (message, remedy) => findings.push({ area, status: 'warn', message, remedy }),
        fail: (message, remedy) => findings.push({ area, status: 'fail', message, remedy }),
      };
    },
    findings: () =>
      AREAS.flatMap((area) => parts.filter((part) => part.area === area).flatMap((part) => part.findings)),
  };
}
