import ipaddr from 'ipaddr.js';
import { TesseraError } from '../../errors.ts';

export interface AddressRulesOptions {
  /** Ranges beyond the public addresses that may be sent to. */
  readonly allow: readonly string[];
  /** Whether a message may go without TLS. */
  readonly http: boolean;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Where webhooks listen. An address that is allowed by itself may have any port. */
const PORTS: ReadonlySet<number> = new Set([80, 443, 8080, 8443]);

/** Names that only mean something inside: of this machine, of a network, of the services that hand out credentials. */
const INSIDE =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home\.arpa|metadata|metadata\.goog|instance-data)$/;

/** No range can allow these: what answers there gives away the keys of the machine. */
const NEVER: readonly string[] = ['169.254.0.0/16', 'fe80::/10', 'fd00:ec2::254/128'];

/** All public addresses of version 6 so far. */
const PUBLIC_V6 = ipaddr.parseCIDR('2000::/3');

/**
 * Which addresses may be sent to: public ones, and those that a setting names. A mapped address is judged as the one that it stands
 * for; one that a gateway would translate, or that leads into a tunnel, is none of the public ones, whatever it carries.
 */
export class AddressRules {
  readonly #allow: readonly [Address, number][];
  readonly #http: boolean;

  constructor({ allow, http }: AddressRulesOptions) {
    this.#allow = allow.map((range) => ipaddr.parseCIDR(range));
    this.#http = http;
  }

  /** Parses a URL as fetch does, so that decimal, octal and hexadecimal hosts are seen as the addresses that they are. */
  read(text: string): URL {
    if (!URL.canParse(text)) refuse('it is no URL');
    const url = new URL(text);
    if (url.protocol !== 'https:' && !(this.#http && url.protocol === 'http:'))
      refuse(this.#http ? 'it must begin with https:// or http://' : 'it must begin with https://');
    if (url.username !== '' || url.password !== '') refuse('it must not hold a user or a password');
    const host = hostOf(url);
    const address = parseAddress(host);
    if (address === undefined) this.#checkName(host, url);
    else if (!this.mayReach(host, portOf(url))) refuse(`${host} is no public address`);
    return url;
  }

  mayReach(host: string, port: number): boolean {
    const address = parseAddress(host);
    if (address === undefined || isIn(address, NEVER_RANGES)) return false;
    if (isIn(address, this.#allow)) return true;
    return isPublic(address) && PORTS.has(port);
  }

  /** Whether a name inside a network could lead to an address that a setting allows is seen once it is looked up. */
  #checkName(host: string, url: URL): void {
    if (this.#allow.length > 0) return;
    if (INSIDE.test(host) || !host.includes('.')) refuse(`${host} is no public name`);
    if (!PORTS.has(portOf(url))) refuse(`port ${portOf(url)} is none of ${[...PORTS].join(', ')}`);
  }
}

const NEVER_RANGES: readonly [Address, number][] = NEVER.map((range) => ipaddr.parseCIDR(range));

function refuse(why: string): never {
  throw new TesseraError('webhook_refused', `The address cannot be sent to: ${why}.`, { path: '/url' });
}

/** Without the brackets of an address of version 6, and without the dot at the end of a full name. */
export function hostOf({ hostname }: URL): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

/** Undefined where the text is no address. */
function parseAddress(text: string): Address | undefined {
  return ipaddr.isValid(text) ? ipaddr.process(text) : undefined;
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(PUBLIC_V6);
}

function isIn(address: Address, ranges: readonly [Address, number][]): boolean {
  return ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
}
