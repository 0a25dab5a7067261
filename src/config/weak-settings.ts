import type { Config } from '../config.ts';
import { isAccessSecret } from '../model/access-secret.ts';

/** What of the settings is weak, in words that say what to change and never what is set. */
export interface WeakSettings {
  /** A node of a deployment does not start with these. */
  readonly refused: readonly string[];
  /** May be meant so; said in the log of the process. */
  readonly doubtful: readonly string[];
}

/** Where else a master key may come from; the text says how to give one. */
export type WeighedConfig = Pick<
  Config,
  | 'masterKey'
  | 'secretKey'
  | 'writeKey'
  | 'writeKeyOrigins'
  | 'keys'
  | 'webhooksHttp'
  | 'webhooksAllow'
  | 'metricsPublic'
  | 'historyWritable'
  | 'natsUrl'
  | 'redisUrl'
  | 'crashAt'
>;

/** Looks at all of them, so that an operator changes everything at once; `hasMasterKey`: it comes from somewhere else. */
export function weighSettings(config: WeighedConfig, hasMasterKey = false): WeakSettings {
  return { refused: refusedOf(config, hasMasterKey), doubtful: doubtfulOf(config) };
}

const MAKE_KEY = 'make one with: echo sk_$(head -c 32 /dev/urandom | base64 | tr "+/" "-_" | tr -d "=")';

function refusedOf(config: WeighedConfig, hasMasterKey: boolean): readonly string[] {
  const { masterKey, secretKey, writeKey, keys, webhooksHttp, webhooksAllow } = config;
  const found: string[] = [];
  if (masterKey === undefined && !hasMasterKey)
    found.push(
      'TESSERA_MASTER_KEY or TESSERA_MASTER_KEY_FILE is not set: without it each node makes up a key of its own, beside what it protects',
    );
  if (masterKey !== undefined && isGuessableBytes(masterKey))
    found.push('the master key is no random one: make one with head -c 32 /dev/urandom | base64');
  if (secretKey === undefined)
    found.push(`TESSERA_SECRET_KEY is not set: nodes would have one each, and nobody knows it; ${MAKE_KEY}`);
  if (secretKey !== undefined && isGuessableKey(secretKey))
    found.push(`TESSERA_SECRET_KEY can be guessed; ${MAKE_KEY}`);
  if (writeKey !== undefined && isGuessableKey(writeKey))
    found.push('TESSERA_WRITE_KEY can be guessed: make it of 32 random bytes behind wk_');
  for (const { key, name } of keys)
    if (isGuessableKey(key)) found.push(`keys: the key ${name} can be guessed: make it of 32 random bytes`);
  found.push(...sharedTexts(config));
  if (webhooksHttp)
    found.push('TESSERA_WEBHOOKS_HTTP is on: what webhooks are told would go out in clear text; use https');
  if (webhooksAllow.some((range) => range.endsWith('/0')))
    found.push('TESSERA_WEBHOOKS_ALLOW holds every address: name the ranges that webhooks are meant for');
  return found;
}

/** A public key whose text is also that of a secret one gives that away. */
function sharedTexts({ secretKey, writeKey, keys }: WeighedConfig): readonly string[] {
  const all = [
    { name: 'TESSERA_SECRET_KEY', key: secretKey },
    { name: 'TESSERA_WRITE_KEY', key: writeKey },
    ...keys.map(({ name, key }) => ({ name: `the key ${name}`, key })),
  ].flatMap(({ name, key }) => (key === undefined ? [] : [{ name, text: key.slice(3) }]));
  return all.flatMap(({ name, text }, i) =>
    all.slice(0, i).flatMap((other) => (other.text === text ? [`${name} and ${other.name} are alike`] : [])),
  );
}

function doubtfulOf(config: WeighedConfig): readonly string[] {
  const { writeKey, writeKeyOrigins, keys, metricsPublic, historyWritable, natsUrl, redisUrl, crashAt } =
    config;
  const found: string[] = [];
  if (writeKey !== undefined && writeKeyOrigins === 'any')
    found.push('pages of any origin may use the write key: TESSERA_WRITE_KEY_ORIGINS names yours');
  for (const { key, name, origins } of keys)
    if (key.startsWith('wk_') && origins === 'any')
      found.push(`pages of any origin may use the write key ${name}: its origins name yours`);
  if (crashAt !== undefined) found.push('TESSERA_CRASH_AT is set: it is for tests, and kills the process');
  if (metricsPublic) found.push('TESSERA_METRICS_PUBLIC is on: whoever reaches the port reads the metrics');
  if (historyWritable) found.push('TESSERA_HISTORY_WRITABLE is on: who may ask history may change it');
  for (const [name, urls] of Object.entries({ TESSERA_NATS_URL: natsUrl, TESSERA_REDIS_URL: redisUrl }))
    if (urls !== undefined && isOpenElsewhere(urls))
      found.push(`${name} names a server elsewhere without credentials: whoever reaches it reads and writes`);
  return found;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** Of one or several addresses separated by commas. */
function isOpenElsewhere(urls: string): boolean {
  const [scheme = ''] = urls.split('://', 1);
  return urls
    .slice(scheme.length + 3)
    .split(',')
    .some((part) => {
      const address = `http://${part.replace(/^[a-z+]+:\/\//, '')}`;
      if (!URL.canParse(address)) return false;
      const { hostname, username, password } = new URL(address);
      return username === '' && password === '' && !LOOPBACK.test(hostname);
    });
}

const WORDS = /secret|password|changeme|change-me|example|sample|default|qwert|0123456|1234567|abcdefg/i;
/** Of 200,000 random texts of 29 hexadecimal digits, the shortest that a key can be, none had less than 77. */
const BITS_MIN = 75;

/** Whether a key is none that chance has made, as far as its text tells. */
function isGuessableKey(key: string): boolean {
  if (isAccessSecret(key)) return false;
  const text = key.slice(3);
  return WORDS.test(text) || repeatsItself(text) || entropyBits(text) < BITS_MIN;
}

/** Whether 32 bytes are none that chance has made: typed, repeated or counted. */
function isGuessableBytes(bytes: Uint8Array): boolean {
  const steps = new Set(bytes.slice(1).map((byte, i) => byte - (bytes[i] ?? 0)));
  const typed = bytes.every((byte) => byte >= 0x20 && byte < 0x7f);
  return typed || steps.size < 8 || new Set(bytes).size < 16;
}

function repeatsItself(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period++)
    if (text.slice(period) === text.slice(0, -period)) return true;
  return false;
}

/** By how often its characters occur (Shannon 1948): an upper bound, which is all that a text can tell. */
function entropyBits(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / text.length);
  return bits;
}
