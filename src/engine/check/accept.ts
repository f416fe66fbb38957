import { suggestion } from '../../domain/did-you-mean.ts';
import type { RuleFault } from '../../domain/rule.ts';
import type { RuleFile } from '../../domain/rule-file.ts';
import type { Finding } from '../load/fault.ts';

/** Warnings that a rule file says are meant to be so: the code of each, with its reason. */
export type Acceptances = NonNullable<RuleFile['accept']>;

/** The faults without the warnings that the rule's own file accepts, and those warnings. Errors cannot be accepted. */
export function leaveOutAccepted(
  faults: readonly RuleFault[],
  acceptances: ReadonlyMap<string, Acceptances>,
): { told: RuleFault[]; accepted: RuleFault[] } {
  const isAccepted = ({ severity, file, code }: RuleFault) =>
    severity === 'warning' && acceptances.get(file)?.some((acceptance) => acceptance.code === code) === true;
  return { told: faults.filter((fault) => !isAccepted(fault)), accepted: faults.filter(isAccepted) };
}

/**
 * Acceptances of one file that accept nothing (any more): they would hide the warning when it comes back for another
 * reason.
 * @param accepted codes of the warnings that were left out
 * @param told codes of those of the file that were not
 */
export function findIdleAcceptances(
  acceptances: Acceptances,
  accepted: ReadonlySet<string>,
  told: ReadonlySet<string>,
): Finding[] {
  return acceptances.flatMap(({ code }, index): Finding[] => {
    const isRepeated = acceptances.findIndex((other) => other.code === code) < index;
    if (accepted.has(code) && !isRepeated) return [];
    return [
      {
        path: ['accept', index, 'code'],
        severity: 'warning',
        code: 'accepts-nothing',
        message: isRepeated ? `"${code}" is accepted twice` : `this rule has no warning "${code}"`,
        remedy: told.size > 0 && !isRepeated ? `${suggestion(code, told)} Else remove it.` : 'Remove it.',
      },
    ];
  });
}
