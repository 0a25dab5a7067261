import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { runOnEngine, withEngineOptions } from './engine-command.ts';
import { type CostLine, readCostFile } from './read-cost-file.ts';

const HELP = `
A file is CSV with a header: day and amount, trigger or campaign (or both, one of which is empty in each line) and, where
wanted, currency. A line says what was spent on one day; it replaces what was told of that day before, and 0 takes it
back. So sending a file again changes nothing. Needs the scope define. tessera report costs shows what was told.

Exit codes: 0 done; 1 failed, or a line was refused (it is named; what came before it has been taken); 2 wrong usage.

Examples:
  tessera costs november.csv
  tessera report returns --from 2026-11-01 --margin 0.4
`;

/** Adds `tessera costs` to the program. */
export function registerCosts(program: Command, context: CliContext): void {
  const command = program
    .command('costs')
    .description('bring in what messages cost')
    .argument('<file>', 'CSV with a header')
    .addHelpText('after', HELP);
  withEngineOptions(command, context).action((file: string, flags: EngineFlags) =>
    runOnEngine({ name: 'costs', context, flags }, async (call) => {
      const taken = await sendAll(await readCostFile(file), call);
      return { answer: { taken }, text: `${taken} taken\n` };
    }),
  );
}

async function sendAll(lines: readonly CostLine[], call: CallEngine): Promise<number> {
  let taken = 0;
  for (let from = 0; from < lines.length; from += limits.costRowsMax) {
    const page = lines.slice(from, from + limits.costRowsMax);
    const answer = await sendPage(page, call);
    taken += Number(answer.taken ?? 0);
  }
  return taken;
}

/** The engine names the row of a request; people look for the line of the file. */
async function sendPage(page: readonly CostLine[], call: CallEngine): ReturnType<CallEngine> {
  try {
    const body = { costs: page.map(({ cost }) => cost) };
    return await call({ method: 'PUT', path: '/v1/analytics/costs', body });
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const first = page[0]?.line ?? 0;
    throw new TesseraError(error.code, `in the page that begins with line ${first}: ${error.message}`, {
      cause: error,
    });
  }
}
