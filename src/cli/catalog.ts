import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { type CallEngine, createEngineCall, type EngineFlags } from './engine-call.ts';
import { exitCodes } from './exit-codes.ts';

const PARTS = ['items', 'stock', 'stores'] as const;
type Part = (typeof PARTS)[number];

const HELP = `
A file is a JSON array of rows, or one row a line (NDJSON), as PUT /v1/catalog/items, stock and stores take them:
docs/catalog.md says what they may hold. A row replaces what is known under its id; "removed": true takes it out.
Sending a file again changes nothing. Needs the scope define.

Exit codes: 0 done; 1 failed, or a row was refused (it is named; what came before it has been taken); 2 wrong usage.

Examples:
  tessera catalog items products.ndjson
  tessera catalog stock stock-tonight.json
`;

/** Adds `tessera catalog` to the program. */
export function registerCatalog(program: Command, context: CliContext): void {
  const group = program
    .command('catalog')
    .description('goods, stock and stores')
    .addHelpText('afterAll', HELP);
  for (const part of PARTS) {
    group
      .command(part)
      .description(`bring ${part} from a file`)
      .argument('<file>', 'JSON or NDJSON')
      .option('--url <url>', `address of the engine (default ${context.url})`)
      .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
      .option('--json', 'print the answer as JSON')
      .action((file: string, flags: EngineFlags) => bring(part, file, { context, flags }));
  }
}

interface Surroundings {
  readonly context: CliContext;
  readonly flags: EngineFlags;
}

async function bring(part: Part, file: string, { context, flags }: Surroundings): Promise<void> {
  const { stdout, stderr, setExitCode } = context;
  try {
    const sum = await sendAll(part, await readRows(file), createEngineCall(context, flags));
    const { changed, unchanged, refused } = sum;
    const text = `${changed} changed, ${unchanged} as they were${refused > 0 ? `, ${refused} beyond the bounds of the catalog` : ''}\n`;
    stdout.write(flags.json === true ? `${JSON.stringify(sum)}\n` : text);
    if (refused > 0) setExitCode(exitCodes.failed);
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    stderr.write(`catalog: ${error.message} (${error.code})\n`);
    setExitCode(exitCodes.failed);
  }
}

interface Sum {
  readonly changed: number;
  readonly unchanged: number;
  readonly refused: number;
}

async function sendAll(part: Part, rows: readonly JsonValue[], call: CallEngine): Promise<Sum> {
  const sum = { changed: 0, unchanged: 0, refused: 0 };
  for (let from = 0; from < rows.length; from += limits.catalogRowsMax) {
    const some = rows.slice(from, from + limits.catalogRowsMax);
    const answer = await sendPage(part, some, { call, from });
    for (const name of ['changed', 'unchanged', 'refused'] as const) sum[name] += Number(answer[name] ?? 0);
  }
  return sum;
}

/** The engine counts rows from the beginning of a request, people from that of the file. */
async function sendPage(
  part: Part,
  rows: readonly JsonValue[],
  { call, from }: { readonly call: CallEngine; readonly from: number },
): Promise<JsonObject> {
  try {
    return await call({ method: 'PUT', path: `/v1/catalog/${part}`, body: { [part]: rows } });
  } catch (error) {
    if (!(error instanceof TesseraError) || error.code !== 'invalid_catalog' || from === 0) throw error;
    throw new TesseraError(error.code, `after ${from} rows: ${error.message}`, { cause: error });
  }
}

async function readRows(file: string): Promise<readonly JsonValue[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new TesseraError('import_failed', `${file} cannot be read`, { cause });
  }
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    const rows = parse(trimmed, file);
    return Array.isArray(rows) ? rows : [];
  }
  return trimmed
    .split('\n')
    .map((line, n) => ({ line: line.trim(), place: `${file}, line ${n + 1}` }))
    .filter(({ line }) => line !== '')
    .map(({ line, place }) => {
      const row = parse(line, place);
      if (!isJsonObject(row)) throw new TesseraError('invalid_catalog', `${place}: a row must be an object`);
      return row;
    });
}

function parse(text: string, place: string): JsonValue {
  try {
    // What JSON.parse answers is JSON.
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new TesseraError('unreadable_body', `${place} is not JSON`, { cause });
  }
}
