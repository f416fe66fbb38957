import type { PlacedResult } from '../../trial/run-tests.ts';
import { formatResult } from './test-reporter.ts';

/** Test results as JUnit XML, which CI systems read: a suite for each rule, a case for each test. */
export function formatJunit(results: readonly PlacedResult[], dir: string): string {
  const suites = [...Map.groupBy(results, ({ placed }) => placed.ruleId)].map(([ruleId, own]) => {
    const failures = own.filter(({ result }) => result.failure !== undefined).length;
    const cases = own.map((one) => formatCase(one, dir)).join('');
    return `  <testsuite name="${escapeXml(ruleId)}" tests="${own.length}" failures="${failures}">\n${cases}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function formatCase(placed: PlacedResult, dir: string): string {
  const { result } = placed;
  const file = escapeXml(`${dir}/${placed.placed.file}`);
  const head = `    <testcase name="${escapeXml(result.name)}" classname="${escapeXml(placed.placed.ruleId)}" file="${file}"`;
  if (result.failure === undefined) return `${head}/>\n`;
  const details = escapeXml(formatResult(placed, dir, (_, text) => text));
  const message = escapeXml(result.failure.fault ?? `not as expected at ${result.failure.at}`);
  return `${head}>\n      <failure message="${message}">${details}</failure>\n    </testcase>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** XML 1.0 has no place for control characters at all. */
function escapeXml(text: string): string {
  return Array.from(text, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    const isControl = code < 0x20 && sign !== '\n' && sign !== '\t';
    return isControl || (code >= 0xd800 && code <= 0xdfff) ? '\uFFFD' : (ENTITIES[sign] ?? sign);
  }).join('');
}
