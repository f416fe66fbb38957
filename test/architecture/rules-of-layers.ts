import { dirname, join } from 'node:path/posix';
import type { ScannedSource } from './scan-source.ts';

/** Who may import whom, and what belongs to which folder. The map of ARCHITECTURE.md as something that can fail. */
export interface Violation {
  /** Path from the top of the project. */
  file: string;
  line: number;
  message: string;
}

type Layer = keyof typeof MAY_IMPORT;

/** `root` stands for src/config.ts and src/environment.ts. */
const MAY_IMPORT = {
  domain: [],
  root: ['domain'],
  engine: ['domain'],
  ingress: ['domain'],
  store: ['domain'],
  delivery: ['domain'],
  sandbox: ['domain'],
  services: ['domain', 'engine', 'ingress', 'store', 'delivery'],
  trial: ['domain', 'engine', 'ingress', 'store', 'delivery', 'services'],
  dashboard: ['domain', 'root', 'engine', 'ingress', 'store', 'delivery', 'services'],
  http: ['domain', 'root', 'engine', 'ingress', 'store', 'delivery', 'services'],
  runtime: ['domain', 'root', 'engine', 'ingress', 'store', 'delivery', 'services', 'dashboard', 'http', 'sandbox'],
  cli: [
    'domain',
    'root',
    'engine',
    'ingress',
    'store',
    'delivery',
    'services',
    'dashboard',
    'http',
    'sandbox',
    'runtime',
    'trial',
  ],
} as const;

/** Folders whose subfolders know nothing of each other: sources and destinations. */
const APART: readonly string[] = ['ingress', 'delivery'];

/** Packages that only these folders may import. */
const PACKAGE_HOMES: [name: RegExp, homes: string[]][] = [
  [/^json-rules-engine$/, ['src/engine/']],
  [/^liquidjs$/, ['src/engine/']],
  [/^temporal-polyfill(?:\/|$)/, ['src/engine/calendars/']],
  [/^date-holidays$/, ['src/cli/calendar/find-holidays.ts']],
  [/^@slack\//, ['src/delivery/slack/']],
  [/^drizzle-orm(?:\/|$)/, ['src/store/', 'src/runtime/']],
  [/^(?:pg|postgres|pg-boss|@electric-sql\/.*)$/, ['src/runtime/']],
  [/^commander$/, ['src/cli/']],
  [/^@hono\/node-server(?:\/|$)/, ['src/runtime/', 'src/sandbox/http/local-server.ts']],
];

/** Where Node itself may be used: everything else also runs on Workers. */
const ON_NODE = ['src/runtime/', 'src/cli/', 'src/sandbox/http/local-server.ts'];
/** Where the wall clock may be asked: everything else is given a clock. */
const WITH_WALL_CLOCK = ['src/runtime/', 'src/cli/', 'src/domain/clock.ts'];

const WORDS: [word: RegExp, homes: string[], message: string][] = [
  [/\bprocess\s*[.[]|\bglobalThis\.process\b/g, ON_NODE, 'process is Node’s: have what you need passed in'],
  [/\bBuffer\b/g, ON_NODE, 'Buffer is Node’s: use Uint8Array'],
  [
    /\bDate\.now\s*\(|\bnew Date(?:\(\s*\)|(?!\s*\())|(?<!new )\bDate\(\s*\)/g,
    WITH_WALL_CLOCK,
    'ask the clock that is passed in',
  ],
  [/\beval\s*\(|\bnew Function\b|\bFunction\s*\(/g, [], 'code is never made of texts'],
];

/** The faults of one file. `file` is its path from the top of the project, such as `src/engine/compile.ts`. */
export function checkFile(file: string, { imports, computedImports, code }: ScannedSource): Violation[] {
  const from = layerOf(file);
  if (from === undefined) return [{ file, line: 1, message: 'this folder has no place in the map' }];
  const violations: Violation[] = imports.flatMap(({ specifier, line }) => {
    const message = specifier.startsWith('.')
      ? findWrongDirection(file, from, resolveImport(file, specifier))
      : findMisplacedPackage(file, specifier);
    return message === undefined ? [] : [{ file, line, message }];
  });
  for (const line of computedImports) violations.push({ file, line, message: 'the name of an import is computed' });
  for (const [word, homes, message] of WORDS) {
    if (isIn(homes, file)) continue;
    for (const { index } of code.matchAll(word)) {
      violations.push({ file, line: code.slice(0, index).split('\n').length, message });
    }
  }
  return violations;
}

function findWrongDirection(file: string, from: Layer, target: string): string | undefined {
  // The manifest: `vigia --version`.
  if (target === 'package.json' && from === 'cli') return undefined;
  // The list of migrations, which a Worker cannot read from a file.
  if (target === 'drizzle/meta/_journal.json' && from === 'runtime') return undefined;
  const to = layerOf(target);
  if (to === undefined) return `${target} is outside of the map`;
  const allowed: readonly string[] = MAY_IMPORT[from];
  if (to !== from && !allowed.includes(to)) return `${from} may not import ${to} (${target})`;
  const [ownPart, otherPart] = [partOf(file), partOf(target)];
  if (to === from && APART.includes(from) && otherPart !== undefined && otherPart !== ownPart) {
    return `${from}/${ownPart ?? ''} may not import its neighbour ${from}/${otherPart}`;
  }
  return undefined;
}

function findMisplacedPackage(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return isIn(ON_NODE, file) ? undefined : `${specifier} is Node’s`;
  const home = PACKAGE_HOMES.find(([name]) => name.test(specifier));
  if (home === undefined || isIn(home[1], file)) return undefined;
  return `${specifier} may only be imported in ${home[1].join(' and ')}`;
}

function isIn(homes: readonly string[], file: string): boolean {
  return homes.some((home) => file === home || (home.endsWith('/') && file.startsWith(home)));
}

export function resolveImport(file: string, specifier: string): string {
  return join(dirname(file), specifier);
}

function layerOf(file: string): Layer | undefined {
  const [top, second, third] = file.split('/');
  if (top !== 'src' || second === undefined) return undefined;
  if (third === undefined) return second === 'config.ts' || second === 'environment.ts' ? 'root' : undefined;
  return isLayer(second) && second !== 'root' ? second : undefined;
}

function isLayer(name: string): name is Layer {
  return Object.hasOwn(MAY_IMPORT, name);
}

/** The folder within a layer that a file lies in; undefined for a file of the layer itself. */
function partOf(file: string): string | undefined {
  const parts = file.split('/');
  return parts.length > 3 ? parts[2] : undefined;
}
