import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { createMetrics } from '../../src/domain/metrics.ts';
import { environmentSchema } from '../../src/environment.ts';

/** What deploy/ and the pages about it name is there. Whether it works is tried by hand, where there is a machine for it. */
const TOP = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(TOP + path, 'utf8');
const PAGES = ['docs/deploy-node.md', 'docs/deploy-workers.md', 'README.md'];
const FILES = [
  'deploy/vigia.service',
  'deploy/Dockerfile',
  'deploy/compose.yaml',
  'deploy/Caddyfile',
  'deploy/nginx.conf',
];

const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
};

const all = (text: string, pattern: RegExp) => [
  ...new Set([...text.matchAll(pattern)].map(([, found]) => found ?? '')),
];

describe.each(PAGES)('%s', (page) => {
  it('links only to what is there', () => {
    const links = all(read(page), /\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g);
    const folder = page.includes('/') ? `${page.slice(0, page.indexOf('/'))}/` : '';
    expect(links.filter((link) => !existsSync(TOP + folder + link))).toEqual([]);
  });

  it('links to headings that are there', () => {
    const folder = page.includes('/') ? `${page.slice(0, page.indexOf('/'))}/` : '';
    for (const [, file, anchor = ''] of read(page).matchAll(/\]\((?!https?:)([^)#]+)#([^)]+)\)/g)) {
      const headings = all(read(folder + file), /^#+ (.+)$/gm);
      const anchors = headings.map((heading) =>
        heading
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors, `${file}`).toContain(anchor);
    }
  });

  it('names commands and scripts that are there', () => {
    const text = read(page);
    const commands = all(text, /(?:npx vigia|node src\/cli\/vigia\.js|`vigia) ([a-z]+)/g);
    expect(commands.filter((name) => !COMMANDS.some((command) => command.name === name))).toEqual([]);
    const scripts = all(text, /npm run ([a-z:]+)/g);
    expect(scripts.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
  });

  it('names metrics that are there', () => {
    const known = createMetrics().registry.render();
    const metrics = all(read(page), /`(vigia_[a-z_]+)/g);
    expect(metrics.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('deploy/', () => {
  it('is told of, file by file', () => {
    const page = read('docs/deploy-node.md');
    expect(FILES.filter((file) => !page.includes(`(../${file})`))).toEqual([]);
  });

  it('starts what is there, with variables that are read', () => {
    const known = new Set([...Object.keys(environmentSchema.shape), 'NODE_ENV']);
    const unit = read('deploy/vigia.service');
    expect(unit).toContain('ExecStart=/usr/bin/node src/cli/vigia.js serve');
    const ofUnit = all(unit, /^Environment=(.+)$/gm).flatMap((line) => all(line, /([A-Z_]+)=/g));
    const image = read('deploy/Dockerfile');
    expect(image).toContain('CMD ["node", "src/cli/vigia.js", "serve"]');
    const ofImage = all(image, /^ENV (.+)$/gm).flatMap((line) => all(line, /([A-Z_]+)=/g));
    const service =
      read('deploy/compose.yaml')
        .split(/^ {2}(?=[a-z]+:$)/m)
        .find((part) => part.startsWith('vigia:')) ?? '';
    const ofCompose = all(service, /^ {6}([A-Z_]+):/gm);
    expect([ofUnit.length, ofImage.length, ofCompose.length].every((count) => count >= 2)).toBe(true);
    expect([...ofUnit, ...ofImage, ...ofCompose].filter((name) => !known.has(name))).toEqual([]);
  });

  it('copies what the program needs into the image, for the Node that it is tested with', () => {
    const image = read('deploy/Dockerfile');
    const sources = all(image, /^COPY (.+) \S+$/gm).flatMap((line) => line.split(' '));
    expect(sources.filter((source) => !existsSync(TOP + source))).toEqual([]);
    const ignored = all(read('.dockerignore'), /^!(.+)$/gm);
    expect([...sources].sort()).toEqual([...ignored].sort());
    const major = manifest.devDependencies['node']?.split('.')[0];
    expect(image).toMatch(new RegExp(`^FROM node:${major}-slim$`, 'm'));
  });

  it('lets the proxies stream, and tell for whom they ask', () => {
    const nginx = read('deploy/nginx.conf');
    for (const line of ['proxy_buffering off;', 'proxy_set_header X-Forwarded-For', 'proxy_set_header Host $host;']) {
      expect(nginx).toContain(line);
    }
    expect(read('deploy/Caddyfile')).toContain('flush_interval -1');
  });
});
