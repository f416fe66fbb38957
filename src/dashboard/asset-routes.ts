import { Hono } from 'hono';
import { sha256Hex } from '../domain/hash.ts';
import type { DashboardAssets } from './deps.ts';
import { favicon } from './parts/icons.ts';

/** The files that pages load. Their addresses carry a hash of their content, so browsers may keep them for ever. */
export interface AssetRoutes {
  routes: Hono;
  /** Addresses by name. */
  href: Record<keyof DashboardAssets | 'vigia.svg', string>;
}

const TYPES = {
  'htmx.js': 'text/javascript; charset=utf-8',
  'vigia.js': 'text/javascript; charset=utf-8',
  'vigia.css': 'text/css; charset=utf-8',
  'vigia.svg': 'image/svg+xml',
} as const;

/** Of these very texts, which never change: on Workers the routes are made for each request. */
const addresses = new WeakMap<DashboardAssets, AssetRoutes['href']>();

export function createAssetRoutes(assets: DashboardAssets): AssetRoutes {
  const files = { ...assets, 'vigia.svg': favicon };
  const href = addresses.get(assets) ?? addressesOf(files);
  addresses.set(assets, href);
  const routes = new Hono();
  for (const name of ['htmx.js', 'vigia.js', 'vigia.css', 'vigia.svg'] as const) {
    const current = href[name].split('=')[1];
    routes.get(`/assets/${name}`, (c) =>
      c.body(files[name], 200, {
        'content-type': TYPES[name],
        // Asked for without or with another hash (an old page after a deploy), it must not be kept under that address.
        'cache-control': c.req.query('v') === current ? 'public, max-age=31536000, immutable' : 'no-cache',
      }),
    );
  }
  return { routes, href };
}

function addressesOf(files: Record<keyof AssetRoutes['href'], string>): AssetRoutes['href'] {
  const of = (name: keyof typeof files) => `/assets/${name}?v=${sha256Hex(files[name]).slice(0, 10)}`;
  return {
    'htmx.js': of('htmx.js'),
    'vigia.js': of('vigia.js'),
    'vigia.css': of('vigia.css'),
    'vigia.svg': of('vigia.svg'),
  };
}
