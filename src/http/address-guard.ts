import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Not for a host that only a server's answer named: loopback, private, link-local, metadata, multicast and reserved. */
export class AddressGuard {
  readonly #inside = new BlockList();

  constructor() {
    for (const [net, bits] of [
      ['0.0.0.0', 8],
      ['10.0.0.0', 8],
      ['100.64.0.0', 10],
      ['127.0.0.0', 8],
      ['169.254.0.0', 16],
      ['172.16.0.0', 12],
      ['192.0.0.0', 24],
      ['192.168.0.0', 16],
      ['198.18.0.0', 15],
      ['224.0.0.0', 3],
    ] as const) {
      this.#inside.addSubnet(net, bits, 'ipv4');
    }
    for (const [net, bits] of [
      ['::', 127],
      ['64:ff9b::', 96],
      ['64:ff9b:1::', 48],
      ['2002::', 16],
      ['fc00::', 7],
      ['fe80::', 9],
      ['ff00::', 8],
    ] as const) {
      this.#inside.addSubnet(net, bits, 'ipv6');
    }
  }

  /** @param address an IP address, IPv6 without brackets; IPv4 mapped into IPv6 is looked through */
  isInside(address: string): boolean {
    return this.#inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  /**
   * For a socket's own `lookup`, so that no second resolution can answer otherwise. Fails with
   * code EPRIVATE where any of the name's addresses is inside.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error !== null || first === undefined) {
        callback(error ?? Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '', 0);
      } else if (addresses.some(({ address }) => this.isInside(address))) {
        const refusal = Object.assign(new Error(`${hostname} resolves to a private address`), { code: 'EPRIVATE' });
        callback(refusal, '', 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
  };
}
