import { open } from 'node:fs/promises';
import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { type CallEngine, type EngineFlags, readParts } from './engine-call.ts';
import { runOnEngine, waitForJob, withEngineOptions } from './engine-command.ts';

const HELP = `
Writes everything that is held of a person to a file, in clear, as one JSON in their terms. The person is named by a
profile id or by an identifier (type:value). Needs the scope privacy. The engine hands the export out once.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera export phone:13900001111 --out person.json
  tessera export 019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e --out person.json
`;

interface ExportFlags extends EngineFlags {
  readonly out: string;
}

/** Adds `tessera export` to the program. */
export function registerExport(program: Command, context: CliContext): void {
  const command = program
    .command('export')
    .description('write everything that is held of a person to a file')
    .argument('<person>', 'a profile id, or an identifier written type:value')
    .requiredOption('--out <file>', 'the file, which must not exist yet')
    .addHelpText('after', HELP);
  withEngineOptions(command, context).action((person: string, flags: ExportFlags) =>
    runOnEngine({ name: 'export', context, flags }, async (call) => {
      const answer = await exportPerson(call, person, { context, flags });
      return { answer, text: `${String(answer.bytes)} bytes written to ${flags.out}\n` };
    }),
  );
}

async function exportPerson(
  call: CallEngine,
  person: string,
  { context, flags }: { readonly context: CliContext; readonly flags: ExportFlags },
): Promise<JsonObject> {
  // Before anything is asked for: the engine hands it out once.
  const file = await open(flags.out, 'wx', 0o600).catch((cause: unknown) => {
    throw new TesseraError('invalid_parameter', `${flags.out} cannot be created`, { cause });
  });
  try {
    const created = await call({ method: 'POST', path: '/v1/privacy/exports', body: personOf(person) });
    const naming = { name: 'The export', doing: 'Writing down what is held' };
    await waitForJob(call, created, { context, flags, ...naming });
    const { id } = isJsonObject(created.export) ? created.export : {};
    const { link, ...view } = await call({ method: 'GET', path: `/v1/privacy/exports/${String(id)}` });
    const wanted = { method: 'GET', path: String(link) } as const;
    for await (const part of readParts(context, flags, wanted)) await file.write(part);
    await file.sync();
    return { ...view, status: 'taken', file: flags.out };
  } finally {
    await file.close();
  }
}

/** The body by which privacy routes are told whom it is about. */
export function personOf(person: string): JsonObject {
  return person.includes(':') ? { identifier: person } : { profile_id: person };
}
