import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { TesseraError } from "./errors.js";
import { isJsonObject } from "./model/json.js";
import { decimalsOfCurrency } from "./model/money.js";
import { parseDuration } from "./model/time.js";
/** The environment of this process; nothing else reads it. */
export function processEnvironment() {
    return process.env;
}
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const settings = {
    host: { flag: 'host', env: 'TESSERA_HOST', file: 'host', read: readText, fallback: '127.0.0.1' },
    port: { flag: 'port', env: 'PORT', file: 'port', read: readPort, fallback: 8080 },
    dataDirectory: {
        flag: 'dataDir',
        env: 'TESSERA_DATA_DIR',
        file: 'data_directory',
        read: readText,
        fallback: './.tessera',
    },
    space: { flag: 'space', env: 'TESSERA_SPACE', file: 'space', read: readSpace, fallback: 'main' },
    writeKey: { env: 'TESSERA_WRITE_KEY', read: keyReader('wk_'), fallback: undefined },
    secretKey: { env: 'TESSERA_SECRET_KEY', read: keyReader('sk_'), fallback: undefined },
    currency: {
        flag: 'currency',
        env: 'TESSERA_CURRENCY',
        file: 'currency',
        read: readCurrency,
        fallback: 'CNY',
    },
    region: { flag: 'region', env: 'TESSERA_REGION', file: 'region', read: readRegion, fallback: 'CN' },
    clickhouseUrl: {
        flag: 'clickhouseUrl',
        env: 'CLICKHOUSE_URL',
        file: 'clickhouse_url',
        read: readHttpUrl,
        fallback: undefined,
    },
    logLevel: {
        flag: 'logLevel',
        env: 'TESSERA_LOG_LEVEL',
        file: 'log_level',
        read: readLogLevel,
        fallback: 'info',
    },
    allowCustomTypes: {
        env: 'TESSERA_ALLOW_CUSTOM_TYPES',
        file: 'allow_custom_types',
        read: readSwitch,
        fallback: true,
    },
    metricsPublic: { env: 'TESSERA_METRICS_PUBLIC', file: 'metrics_public', read: readSwitch, fallback: false },
    definitionsDirectory: {
        flag: 'definitions',
        env: 'TESSERA_DEFINITIONS',
        file: 'definitions_directory',
        read: readText,
        fallback: fileURLToPath(new URL('../deploy/retail', import.meta.url)),
    },
    corsOrigins: { env: 'TESSERA_CORS_ORIGINS', file: 'cors_origins', read: readOrigins, fallback: 'any' },
    sources: { file: 'sources', read: readSources, fallback: Object.freeze({}) },
};
/** Settings from flags, environment and file. Fails with `invalid_config`, naming what is wrong where. */
export function loadConfig(input) {
    const file = readConfigFile(input);
    const from = (setting) => resolve(setting, input, file);
    return Object.freeze({
        mode: 'dev',
        host: from(settings.host),
        port: from(settings.port),
        dataDirectory: from(settings.dataDirectory),
        space: from(settings.space),
        writeKey: from(settings.writeKey),
        secretKey: from(settings.secretKey),
        masterKey: readMasterKey(input),
        currency: from(settings.currency),
        region: from(settings.region),
        clickhouseUrl: from(settings.clickhouseUrl),
        logLevel: from(settings.logLevel),
        allowCustomTypes: from(settings.allowCustomTypes),
        metricsPublic: from(settings.metricsPublic),
        definitionsDirectory: from(settings.definitionsDirectory),
        corsOrigins: from(settings.corsOrigins),
        sources: from(settings.sources),
    });
}
function resolve({ flag, env, file: key, read, fallback }, input, file) {
    if (flag !== undefined && input.flags[flag] !== undefined) {
        return read(input.flags[flag], refusal(`--${dashed(flag)}`));
    }
    // An empty variable is how container files say "not set".
    if (env !== undefined && input.env[env])
        return read(input.env[env], refusal(env));
    if (key !== undefined && file[key] !== undefined)
        return read(file[key], refusal(`${key} in the file`));
    return fallback;
}
function refusal(name) {
    return (problem, cause) => {
        throw new TesseraError('invalid_config', `${name} ${problem}.`, { path: name, cause });
    };
}
function dashed(flag) {
    return flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
function readConfigFile({ env, flags, readFile }) {
    const path = flags.config ?? env.TESSERA_CONFIG;
    if (path === undefined || path === '')
        return {};
    const refuse = refusal(flags.config === undefined ? 'TESSERA_CONFIG' : '--config');
    const content = parseYaml(readBytes(readText(path, refuse), readFile, refuse), refuse);
    if (content === null)
        return {};
    if (!isJsonObject(content))
        return refuse('names a file that is no mapping of settings');
    const known = new Set();
    for (const setting of Object.values(settings)) {
        if (setting.file !== undefined)
            known.add(setting.file);
    }
    const unknown = Object.keys(content).find((name) => !known.has(name));
    if (unknown !== undefined)
        refuse(`names a file with the unknown setting ${unknown}`);
    return content;
}
function parseYaml(bytes, refuse) {
    try {
        return parse(bytes.toString('utf8'));
    }
    catch (error) {
        return refuse('names a file that is not valid YAML', error);
    }
}
function readBytes(path, readFile, refuse) {
    try {
        return readFile(path);
    }
    catch (error) {
        return refuse('names a file that cannot be read', error);
    }
}
/** The master key as 32 raw bytes, 64 hex digits or base64, from the environment or a mounted file. */
function readMasterKey({ env, readFile }) {
    const { TESSERA_MASTER_KEY: text, TESSERA_MASTER_KEY_FILE: path } = env;
    if (text && path)
        refusal('TESSERA_MASTER_KEY')('and TESSERA_MASTER_KEY_FILE are both set');
    if (text)
        return decodeKey(text, refusal('TESSERA_MASTER_KEY'));
    if (!path)
        return undefined;
    const refuse = refusal('TESSERA_MASTER_KEY_FILE');
    const bytes = readBytes(path, readFile, refuse);
    return bytes.length === 32 ? new Uint8Array(bytes) : decodeKey(bytes.toString('latin1'), refuse);
}
function decodeKey(text, refuse) {
    const trimmed = text.trim();
    if (/^[0-9a-f]{64}$/i.test(trimmed))
        return new Uint8Array(Buffer.from(trimmed, 'hex'));
    if (/^[A-Za-z0-9+/_-]{43}=?$/.test(trimmed))
        return new Uint8Array(Buffer.from(trimmed, 'base64'));
    return refuse('must be 32 bytes, as 64 hex digits or base64');
}
function readText(value, refuse) {
    return typeof value === 'string' && value !== '' ? value : refuse('must be a text');
}
function readPort(value, refuse) {
    const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
    if (typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535)
        return port;
    return refuse('must be a port number from 0 to 65535');
}
function readSpace(value, refuse) {
    if (typeof value === 'string' && /^[a-z][a-z0-9_]{0,31}$/.test(value))
        return value;
    return refuse('must be 1 to 32 lower-case letters, digits or _, beginning with a letter');
}
function keyReader(prefix) {
    return (value, refuse) => {
        // Printable ASCII without the colon, which ends the user in Basic.
        const readable = typeof value === 'string' && /^[!-9;-~]{32,256}$/.test(value) && value.startsWith(prefix);
        return readable
            ? value
            : refuse(`must be 32 to 256 printable characters without ":", beginning with ${prefix}`);
    };
}
function readCurrency(value, refuse) {
    if (typeof value === 'string' && decimalsOfCurrency(value) !== undefined)
        return value;
    return refuse('must be an ISO 4217 code, such as CNY');
}
function readRegion(value, refuse) {
    if (typeof value === 'string' && /^[A-Z]{2}$/.test(value))
        return value;
    return refuse('must be an ISO 3166 code of two letters, such as CN');
}
function readHttpUrl(value, refuse) {
    if (typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
        return value;
    return refuse('must be an http or https address');
}
function readLogLevel(value, refuse) {
    return LOG_LEVELS.find((level) => level === value) ?? refuse(`must be one of ${LOG_LEVELS.join(', ')}`);
}
function readSwitch(value, refuse) {
    if (value === true || value === 'true' || value === '1')
        return true;
    if (value === false || value === 'false' || value === '0')
        return false;
    return refuse('must be true or false');
}
function readOrigins(value, refuse) {
    const origins = typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value;
    if (!Array.isArray(origins) || origins.length === 0)
        return refuse('must be any, or origins separated by commas');
    if (origins.length === 1 && (origins[0] === 'any' || origins[0] === '*'))
        return 'any';
    return Object.freeze(origins.map((origin) => readOrigin(origin, refuse)));
}
function readOrigin(value, refuse) {
    if (typeof value === 'string' && URL.canParse(value) && new URL(value).origin === value)
        return value;
    return refuse('must hold origins such as https://shop.example, without a path');
}
function readSources(value, refuse) {
    if (!isJsonObject(value))
        return refuse('must be a mapping of source names');
    const sources = {};
    for (const [name, source] of Object.entries(value)) {
        if (!/^[\w.:-]{1,64}$/.test(name))
            refuse(`has a source whose name is not allowed: ${name}`);
        sources[name] = readSource(source, (problem) => refuse(`has a source ${name} that ${problem}`));
    }
    return Object.freeze(sources);
}
function readSource(value, refuse) {
    if (!isJsonObject(value))
        return refuse('is no mapping');
    const { orders = 'ledger', namespace, lateness, ...others } = value;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined)
        refuse(`has the unknown setting ${unknown}`);
    if (orders !== 'ledger' && orders !== 'behavior')
        return refuse('has orders other than ledger or behavior');
    if (namespace !== undefined && (typeof namespace !== 'string' || !/^[\w.-]{1,64}$/.test(namespace))) {
        return refuse('has a namespace that is not allowed');
    }
    return Object.freeze({
        orders,
        ...(namespace === undefined ? {} : { namespace }),
        ...(lateness === undefined ? {} : { lateness_ms: readLateness(lateness, refuse) }),
    });
}
function readLateness(value, refuse) {
    if (value === 'none')
        return null;
    const duration = typeof value === 'string' ? parseDuration(value) : undefined;
    return duration ?? refuse('has a lateness that is neither a duration such as 7d nor none');
}
//# sourceMappingURL=config.js.map