import type { Json } from '../../domain/json.ts';
import type { RuleFault } from '../../domain/rule.ts';

/**
 * Faults as SARIF 2.1.0, which code scanning tools and editors read. What SARIF calls a rule is a code of ours.
 * @param dir the rules folder as seen from the working directory
 */
export function formatSarif(faults: readonly RuleFault[], dir: string): Json {
  const codes = [...new Set(faults.map(({ code }) => code))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'vigia check', rules: codes.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: faults.map((fault) => ({
          ruleId: fault.code,
          ruleIndex: codes.indexOf(fault.code),
          level: fault.severity,
          message: { text: `${fault.message}. ${fault.remedy}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: toUri(dir === '.' ? fault.file : `${dir}/${fault.file}`) },
                region: { startLine: fault.line, startColumn: fault.column },
              },
            },
          ],
        })),
      },
    ],
  };
}

/** A relative address: each part of the path encoded by itself. */
function toUri(path: string): string {
  return path.split(/[/\\]/).map(encodeURIComponent).join('/');
}
