import type { RuleFault } from '../../domain/rule.ts';

/**
 * Faults as workflow commands of GitHub Actions, which shows each at its line of a pull request.
 * @param dir the rules folder as seen from the top of the repository
 */
export function formatGithub(faults: readonly RuleFault[], dir: string): string {
  return faults
    .map(({ severity, file, line, column, code, message, remedy }) => {
      const place = `file=${escapeProperty(dir === '.' ? file : `${dir}/${file}`)},line=${line},col=${column}`;
      return `::${severity} ${place},title=${escapeProperty(code)}::${escapeData(`${message}\n${remedy}`)}\n`;
    })
    .join('');
}

/** As the toolkit of GitHub Actions escapes (actions/toolkit, core/src/command.ts). */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
