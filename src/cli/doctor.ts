import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { CONSERVATION_HELP, type ConservationFlags, conservation } from './doctor/conservation.ts';
import { ENGINE_HELP, type EngineExaminationFlags, engineExamination } from './doctor/engine.ts';
import type { Examination } from './doctor/examination.ts';
import { PARITY_HELP, type ParityFlags, parity } from './doctor/parity.ts';
import { type ExamineSetup, SETUP_HELP, type SetupFlags, setupExamination } from './doctor/setup.ts';
import { createEngineCall, type EngineFlags } from './engine-call.ts';
import { exitCodes } from './exit-codes.ts';

const HELP = `
Without the name of an examination all of them are made: setup, which works without an engine; engine; conservation; parity. What is
found has a code, what it means and how it is mended (docs/doctor.md lists all of it). A fault is to be mended; a doubt may be meant
so, and counts with --strict only. With --json the findings are one object, by examination. Needs a key with the scopes read,
admin, define and privacy.

Exit codes: 0 all is well; 1 failed, or the engine refused it; 2 wrong usage; 3 something was found.

Examples:
  tessera doctor
  tessera doctor --json
  tessera doctor setup --config tessera.yaml
  tessera doctor engine --strict
  tessera doctor conservation
  tessera doctor parity --profiles 500
`;

/** What examinations need that is not on the wire. */
export interface DoctorWork {
  readonly version: string;
  readonly examineSetup: ExamineSetup;
}

type AllFlags = SetupFlags & EngineExaminationFlags;

/** Adds `tessera doctor …` to the program. */
export function registerDoctor(program: Command, context: CliContext, work: DoctorWork): void {
  const setup = setupExamination(work.examineSetup);
  const engine = engineExamination(work.version);
  const doctor = program.command('doctor').description('look for what is wrong, and say how it is mended');
  withSetupOptions(reaching(doctor, context))
    .addHelpText('after', HELP)
    .action((flags: AllFlags) => examineAll(context, flags, [setup, engine, conservation, parity]));
  withSetupOptions(doctor.command('setup'))
    .description('what an engine would start on: settings, disk, keys, Redis, NATS, ClickHouse')
    .option('--json', 'print the findings as JSON')
    .addHelpText('after', SETUP_HELP)
    .action((_flags: SetupFlags, command: Command) => examine(context, setup, command.optsWithGlobals()));
  reaching(doctor.command('engine'), context)
    .description('how a running engine is')
    .option('--strict', 'doubts count, too')
    .addHelpText('after', ENGINE_HELP)
    .action((_flags: EngineExaminationFlags, command: Command) =>
      examine(context, engine, command.optsWithGlobals()),
    );
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

function withSetupOptions(command: Command): Command {
  return command
    .option('--config <file>', 'YAML file with settings, as an engine takes it')
    .option('--data-dir <directory>', 'the data directory (default ./.tessera)')
    .option('--definitions <directory>', 'the definitions directory (default deploy/retail)')
    .option('--strict', 'doubts count, too');
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
    if (!examination.isFine(findings, flags)) context.setExitCode(exitCodes.found);
  });
}

async function examineAll(
  context: CliContext,
  flags: AllFlags,
  all: readonly Examination<AllFlags>[],
): Promise<void> {
  const { stdout, setExitCode } = context;
  await orSayWhy(context, flags, async () => {
    const call = createEngineCall(context, flags);
    const found: Record<string, JsonObject> = {};
    for (const { name, title, ask, isFine, describe } of all) {
      // What asks an engine has nobody to ask.
      if (found.engine !== undefined && isAway(found.engine)) break;
      const findings = await ask({ call, context, flags });
      found[name] = findings;
      const verdict = isFine(findings, flags) ? 'well' : 'something was found';
      if (flags.json !== true) stdout.write(`${title}: ${verdict}\n${describe(findings)}\n`);
      if (!isFine(findings, flags)) setExitCode(exitCodes.found);
    }
    if (flags.json === true) stdout.write(`${JSON.stringify(found)}\n`);
  });
}

function isAway({ looked_at: looked }: JsonObject): boolean {
  return Array.isArray(looked) && looked.length === 1;
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
    setExitCode(code === 'invalid_parameter' ? exitCodes.usage : exitCodes.failed);
  }
}
