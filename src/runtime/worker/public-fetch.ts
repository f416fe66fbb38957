import { findRestrictedRange } from '../../delivery/http/address-range.ts';
import { AddressRefusedError } from '../../delivery/http/address-refused.ts';
import type { Fetch } from '../../delivery/send-request.ts';

/**
 * The fetch with which rules may call other systems. The platform's own reaches the public network only and has no
 * neighbours, so names need no check of what they lead to; an address that is written out is refused as on Node.
 */
export function createPublicFetch({ allowPrivate }: { allowPrivate: boolean }): Fetch {
  return async (url, init) => {
    const target = new URL(url);
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      throw new TypeError(`only http and https addresses can be called, not ${target.protocol}`);
    }
    // URL has made one form of 0x7f.1, 2130706433 and the like by now.
    const isAddress = /^(?:\[.*\]|[\d.]+)$/.test(target.hostname);
    const host = target.hostname.replace(/^\[|\]$/g, '');
    const range = isAddress && !allowPrivate ? findRestrictedRange(host) : undefined;
    if (range !== undefined) throw new AddressRefusedError(host, range);
    return fetch(target, { ...init, redirect: 'manual' });
  };
}
