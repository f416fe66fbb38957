import type { RuleTest } from '../../../domain/test-file.ts';

/** A test file with one test, a line for each step: short enough to be read, and ready to be put beside the rule. */
export function formatTestFile({ steps, ...test }: RuleTest): string {
  const keys = Object.entries(test).map(([key, value]) => `      ${JSON.stringify(key)}: ${JSON.stringify(value)},`);
  return [
    '{',
    '  "tests": [',
    '    {',
    ...keys,
    '      "steps": [',
    steps.map((step) => `        ${JSON.stringify(step)}`).join(',\n'),
    '      ]',
    '    }',
    '  ]',
    '}',
  ].join('\n');
}
