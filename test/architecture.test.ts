import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findCycles } from './architecture/find-cycles.ts';
import { checkFile, resolveImport } from './architecture/rules-of-layers.ts';
import { scanSource } from './architecture/scan-source.ts';

const TOP = fileURLToPath(new URL('..', import.meta.url));

/** Path from the top of the project → text, of every source file. */
function readSources(): Map<string, string> {
  const entries = readdirSync(join(TOP, 'src'), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name));
  const paths = files.map((entry) => relative(TOP, join(entry.parentPath, entry.name)));
  return new Map(paths.sort().map((path) => [path, readFileSync(join(TOP, path), 'utf8')]));
}

function violationsOf(file: string, text: string): string[] {
  return checkFile(file, scanSource(text)).map(({ line, message }) => `${line}: ${message}`);
}

describe('the source', () => {
  const sources = readSources();

  it('imports only downwards, keeps each package in its folder, and Node and the wall clock in theirs', () => {
    expect(sources.size).toBeGreaterThan(100);
    const violations = [...sources].flatMap(([file, text]) => checkFile(file, scanSource(text)));
    expect(violations.map(({ file, line, message }) => `${file}:${line} ${message}`)).toEqual([]);
  });

  it('has no circles of files', () => {
    const graph = new Map(
      [...sources].map(([file, text]) => [
        file,
        scanSource(text)
          .imports.filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
          .map(({ specifier }) => resolveImport(file, specifier)),
      ]),
    );
    expect(findCycles(graph).map((cycle) => cycle.join(' → '))).toEqual([]);
  });

  it('names files that exist, so that nothing escapes the map', () => {
    const missing = [...sources].flatMap(([file, text]) =>
      scanSource(text)
        .imports.filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => resolveImport(file, specifier))
        .filter((target) => !sources.has(target) && target !== 'package.json' && !target.startsWith('drizzle/'))
        .map((target) => `${file} → ${target}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the check itself', () => {
  it.each([
    ['src/domain/a.ts', "import { x } from '../engine/compile.ts';"],
    ['src/domain/a.ts', "import type { Config } from '../config.ts';"],
    ['src/config.ts', "import { x } from './store/schema.ts';"],
    ['src/engine/a.ts', "export * from '../store/schema.ts';"],
    ['src/engine/deep/a.ts', "import type { X } from '../../services/ingest.ts';"],
    ['src/ingress/webhook/a.ts', "import { x } from '../zoho-desk/jwks.ts';"],
    ['src/delivery/http/a.ts', "import { x } from '../slack/slack-api.ts';"],
    ['src/delivery/redact.ts', "import { x } from './slack/slack-api.ts';"],
    ['src/delivery/http/a.ts', "import { x } from '../../engine/compile.ts';"],
    ['src/store/a.ts', "const x = await import('../delivery/redact.ts');"],
    ['src/services/a.ts', "import { x } from '../http/create-app.ts';"],
    ['src/http/a.ts', "import { x } from '../dashboard/page.ts';"],
    ['src/dashboard/a.ts', "import { x } from '../runtime/service.ts';"],
    ['src/runtime/a.ts', "import { x } from '../cli/io.ts';"],
    ['src/sandbox/a.ts', "import { x } from '../engine/compile.ts';"],
    ['src/services/a.ts', "import { x } from '../../test/support/rules.ts';"],
    ['src/extra/a.ts', 'export const x = 1;'],
    ['src/extra.ts', 'export const x = 1;'],
  ])('%s may not say %s', (file, text) => {
    expect(violationsOf(file, text)).toHaveLength(1);
  });

  it.each([
    ['src/services/a.ts', "import { Engine } from 'json-rules-engine';"],
    ['src/delivery/zoho-desk/a.ts', "import { WebClient } from '@slack/web-api';"],
    ['src/services/a.ts', "import { sql } from 'drizzle-orm';"],
    ['src/http/a.ts', "import { drizzle } from 'drizzle-orm/pglite';"],
    ['src/services/a.ts', "import { PgBoss } from 'pg-boss';"],
    ['src/http/a.ts', "import { serve } from '@hono/node-server';"],
    ['src/services/a.ts', "import { readFile } from 'node:fs/promises';"],
    ['src/sandbox/traffic/a.ts', "import 'node:fs';"],
    ['src/http/a.ts', 'const home = process.env.HOME;'],
    ['src/http/a.ts', "const home = process['env'];"],
    ['src/ingress/a.ts', "const bytes = Buffer.from('a');"],
    ['src/services/a.ts', 'const now = Date.now();'],
    ['src/services/a.ts', 'const now = new Date();'],
    ['src/services/a.ts', 'const now = +new Date;'],
    ['src/services/a.ts', 'const now = Date();'],
    ['src/services/a.ts', `const text = \`it is \${Date.now()} o’clock\`;`],
    ['src/services/a.ts', 'const half = a / b; const now = Date.now(); // / '],
    ['src/cli/a.ts', 'eval(text);'],
    ['src/runtime/a.ts', "new Function('return 1');"],
    ['src/runtime/a.ts', 'await import(name);'],
  ])('%s may not say %s', (file, text) => {
    expect(violationsOf(file, text)).toHaveLength(1);
  });

  it.each([
    ['src/engine/a.ts', "import type { Rule } from '../domain/rule.ts';\nimport { Engine } from 'json-rules-engine';"],
    ['src/delivery/slack/a.ts', "import { redact } from '../redact.ts';\nimport { x } from './slack-text.ts';"],
    ['src/runtime/a.ts', "import { readFile } from 'node:fs/promises';\nconst now = Date.now();"],
    ['src/services/a.ts', '/** Never Date.now(), nor process.env. */\nconst x = 1; // new Date()'],
    ['src/services/a.ts', 'const text = \'Date.now() and process.env and import x from "../cli/io.ts"\';'],
    ['src/services/a.ts', `const text = \`Buffer \${name} Date.now()\`;`],
    ['src/services/a.ts', "const pattern = /['\"`]/; const text = 'process.env';"],
    ['src/services/a.ts', 'const at = new Date(now); const process = 1; const bytes = new ArrayBuffer(1);'],
  ])('%s may say %s', (file, text) => {
    expect(violationsOf(file, text)).toEqual([]);
  });

  it('tells the line', () => {
    const text = "/*\n a comment\n*/\nimport { a } from '../domain/a.ts';\n\nconst now = Date.now();\n";
    expect(violationsOf('src/services/a.ts', text)).toEqual(['6: ask the clock that is passed in']);
  });

  it('finds a circle of any length', () => {
    const graph = new Map([
      ['a', ['b', 'd']],
      ['b', ['c']],
      ['c', ['a']],
      ['d', ['d', 'e']],
      ['e', []],
    ]);
    expect(findCycles(graph)).toEqual([
      ['a', 'b', 'c', 'a'],
      ['d', 'd'],
    ]);
    expect(
      findCycles(
        new Map([
          ['a', ['b']],
          ['b', []],
        ]),
      ),
    ).toEqual([]);
  });
});
