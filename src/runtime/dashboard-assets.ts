import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { DashboardAssets } from '../dashboard/deps.ts';

/** The files that the pages load, read once: htmx from its package, the rest from src/dashboard/assets. */
const STYLES = ['base.css', 'frame.css', 'parts.css', 'board.css', 'panels.css', 'details.css'];
/** time.js makes what the others use. */
const SCRIPTS = ['time.js', 'theme.js', 'live.js'];

export async function readDashboardAssets(): Promise<DashboardAssets> {
  const own = join(import.meta.dirname, '..', 'dashboard', 'assets');
  const htmx = dirname(createRequire(import.meta.url).resolve('htmx.org'));
  const read = async (folder: string, names: readonly string[]) => {
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    return texts.join('\n');
  };
  const [htmxText, styles, scripts] = await Promise.all([
    read(htmx, ['htmx.min.js', join('ext', 'hx-sse.min.js')]),
    read(own, STYLES),
    read(own, SCRIPTS),
  ]);
  return { 'htmx.js': htmxText, 'vigia.css': styles, 'vigia.js': scripts };
}
