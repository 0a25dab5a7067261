import { TesseraError } from '../../errors.ts';

/** Where Redis is: one server, or some nodes of a cluster, which name the others. */
export interface RedisAddress {
  readonly kind: 'single' | 'cluster';
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly secure: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
}

const SCHEME = /^redis(s?)(\+cluster)?:\/\/(?:([^@/]*)@)?([^/]+)(?:\/(\d+)?)?$/;
const NODE = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+)(?::(\d+))?$/;
const PORT = 6_379;

/** `redis://[user:password@]host[:port][/database]`, `redis+cluster://host:port,host:port`; `rediss` for TLS. */
export function parseRedisAddress(url: string): RedisAddress {
  const parts = SCHEME.exec(url.trim());
  if (parts === null)
    throw invalid('is not of the form redis://host:port or redis+cluster://host:port,host:port');
  const [, secure, cluster, credentials, hosts = '', database] = parts;
  const nodes = hosts.split(',').map(parseNode);
  if (cluster === undefined && nodes.length > 1) throw invalid('names several servers but no cluster');
  if (cluster !== undefined && database !== undefined)
    throw invalid('names a database, and a cluster has only one');
  return {
    kind: cluster === undefined ? 'single' : 'cluster',
    nodes,
    secure: secure === 's',
    ...parseCredentials(credentials),
    database: Number(database ?? 0),
  };
}

function parseNode(text: string): { readonly host: string; readonly port: number } {
  const [, host, port] = NODE.exec(text.trim()) ?? [];
  if (host === undefined) throw invalid('has a host that cannot be read');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? PORT) };
}

function parseCredentials(text: string | undefined): {
  readonly username?: string;
  readonly password?: string;
} {
  if (text === undefined || text === '') return {};
  const colon = text.indexOf(':');
  const username = decodeURIComponent(colon < 0 ? text : text.slice(0, colon));
  const password = colon < 0 ? undefined : decodeURIComponent(text.slice(colon + 1));
  return { ...(username === '' ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

/** Never repeats the address, which may hold a password. */
function invalid(what: string): TesseraError {
  return new TesseraError('invalid_config', `the address of Redis ${what}`);
}
