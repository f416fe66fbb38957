import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const TOP = fileURLToPath(new URL('../..', import.meta.url));

it('docs/check.md explains every warning', async () => {
  const page = await readFile(`${TOP}/docs/check.md`, 'utf8');
  const files = globSync('src/engine/{check,load}/**/*.ts', { cwd: TOP });
  const texts = await Promise.all(files.map((file) => readFile(`${TOP}/${file}`, 'utf8')));
  const codes = texts.flatMap((text) =>
    [...text.matchAll(/severity: 'warning'/g)].flatMap(({ index }) => {
      // The code of a warning stands on its line or on the next few, or else just before.
      const [after, before] = [text.slice(index, index + 160), text.slice(Math.max(0, index - 160), index)];
      const found = /code: '([a-z-]+)'/.exec(after) ?? [...before.matchAll(/code: '([a-z-]+)'/g)].at(-1);
      return found?.[1] ?? [];
    }),
  );
  expect(new Set(codes).size).toBeGreaterThan(15);
  expect([...new Set(codes)].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
});
