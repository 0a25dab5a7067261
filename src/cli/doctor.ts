import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { CONSERVATION_HELP, type ConservationFlags, conservation } from './doctor/conservation.ts';
import type { Examination } from './doctor/examination.ts';
import { PARITY_HELP, type ParityFlags, parity } from './doctor/parity.ts';
import { createEngineCall, type EngineFlags } from './engine-call.ts';

const HELP = `
Without the name of an examination all of them are made, each as it is made without flags. With --json the findings are one
object, by examination. Needs a key with the scopes read and admin.

Exit codes: 0 all is well; 1 failed, or the engine refused it; 2 wrong usage; 3 something was found.

Examples:
  tessera doctor
  tessera doctor --json
  tessera doctor conservation
  tessera doctor parity --profiles 500
`;

/** Exit codes; the help lists them. */
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_FOUND = 3;

/** Adds `tessera doctor …` to the program. */
export function registerDoctor(program: Command, context: CliContext): void {
  const doctor = program.command('doctor').description('look for what is wrong with a running engine');
  reaching(doctor, context)
    .addHelpText('after', HELP)
    .action((flags: EngineFlags) => examineAll(context, flags));
  reaching(doctor.command('parity'), context)
    .description('compare the features of profiles with what history says they must be')
    .option('--profiles <n>', 'how many profiles, picked by the hash of their ids (default 20)')
    .option('--identifier <ref>', 'only this profile, by identifier or id')
    .addHelpText('after', PARITY_HELP)
    .action((_flags: ParityFlags, command: Command) => examine(context, parity, command.optsWithGlobals()));
  reaching(doctor.command('conservation'), context)
    .description('compare what was received with what became of it, and with history and the logs')
    .option('--from <time>', 'from this time on (default an hour before --to)')
    .option('--to <time>', 'before this time (default two minutes ago)')
    .addHelpText('after', CONSERVATION_HELP)
    .action((_flags: ConservationFlags, command: Command) =>
      examine(context, conservation, command.optsWithGlobals()),
    );
}

function reaching(command: Command, context: CliContext): Command {
  return command
    .option('--url <url>', `address of the engine (default ${context.url})`)
    .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
    .option('--json', 'print the findings as JSON');
}

async function examine<Flags extends EngineFlags>(
  context: CliContext,
  examination: Examination<Flags>,
  flags: Flags,
): Promise<void> {
  await orSayWhy(context, flags, async () => {
    const findings = await examination.ask({ call: createEngineCall(context, flags), context, flags });
    context.stdout.write(
      flags.json === true ? `${JSON.stringify(findings)}\n` : examination.describe(findings),
    );
    if (!examination.isFine(findings)) context.setExitCode(EXIT_FOUND);
  });
}

const ALL: readonly Examination<EngineFlags>[] = [conservation, parity];

async function examineAll(context: CliContext, flags: EngineFlags): Promise<void> {
  const { stdout, setExitCode } = context;
  await orSayWhy(context, flags, async () => {
    const call = createEngineCall(context, flags);
    const found: Record<string, JsonObject> = {};
    for (const { name, title, ask, isFine, describe } of ALL) {
      const findings = await ask({ call, context, flags });
      found[name] = findings;
      const verdict = isFine(findings) ? 'well' : 'something was found';
      if (flags.json !== true) stdout.write(`${title}: ${verdict}\n${describe(findings)}\n`);
      if (!isFine(findings)) setExitCode(EXIT_FOUND);
    }
    if (flags.json === true) stdout.write(`${JSON.stringify(found)}\n`);
  });
}

async function orSayWhy(context: CliContext, flags: EngineFlags, run: () => Promise<void>): Promise<void> {
  const { stdout, stderr, setExitCode } = context;
  try {
    await run();
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    if (flags.json === true) stdout.write(`${JSON.stringify({ code, detail })}\n`);
    stderr.write(`doctor: ${detail} (${code})\n`);
    setExitCode(code === 'invalid_parameter' ? EXIT_USAGE : EXIT_FAILED);
  }
}
