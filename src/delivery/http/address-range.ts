import ipaddr from 'ipaddr.js';

/**
 * Which addresses a rule may call. Only plain public unicast is: loopback, private, link-local (where clouds serve their
 * metadata), carrier-grade NAT, multicast, documentation and reserved ranges are not. IPv6 forms that carry an IPv4
 * address are judged by what they carry.
 */

/** The name of the range that makes an address off limits, such as `loopback`; undefined when it is public. */
export function findRestrictedRange(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return 'malformed';
  return restrictedRange(ipaddr.process(address));
}

function restrictedRange(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
  const range: string = address.range();
  const carried = address.kind() === 'ipv6' ? carriedIPv4(address, range) : undefined;
  if (carried !== undefined) return restrictedRange(carried);
  if (range !== 'unicast') return range;
  return address.kind() === 'ipv6' && !isGlobalUnicast(address) ? 'reserved' : undefined;
}

/** 2000::/3 is all that is handed out (RFC 4291); beside it lie oddities such as ::/96, where `::7f00:1` means 127.0.0.1. */
function isGlobalUnicast(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return ((address.toByteArray()[0] ?? 0) & 0xe0) === 0x20;
}

/** The IPv4 address inside a 6to4 (RFC 3056) or NAT64 (RFC 6052) address; other tunnels are off limits as they are. */
function carriedIPv4(address: ipaddr.IPv4 | ipaddr.IPv6, range: string): ipaddr.IPv4 | undefined {
  const bytes = address.toByteArray();
  if (range === '6to4') return new ipaddr.IPv4(bytes.slice(2, 6));
  // 64:ff9b:1::/48 is for local use and places the bytes otherwise; only the well-known /96 prefix is unpacked.
  if (range === 'rfc6052' && bytes.slice(4, 12).every((byte) => byte === 0)) return new ipaddr.IPv4(bytes.slice(12));
  return undefined;
}
