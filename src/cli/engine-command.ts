import type { Command } from 'commander';
import { type ErrorCode, TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import { type CallEngine, createEngineCall, type EngineFlags } from './engine-call.ts';
import { exitCodes } from './exit-codes.ts';
import { followJob } from './follow-job.ts';
import { createProgress } from './progress.ts';

/** What a command prints: the answer with `--json`, otherwise the text. */
export interface Shown {
  readonly answer: JsonObject;
  readonly text: string;
}

export interface Running {
  /** As messages of failures name the command. */
  readonly name: string;
  readonly context: CliContext;
  readonly flags: EngineFlags;
  /** The exit code of a failure; 1 where it is absent. */
  readonly exitOf?: (code: ErrorCode) => number;
}

/** The options of every command that asks a running engine. */
export function withEngineOptions(command: Command, { url }: CliContext): Command {
  return command
    .option('--url <url>', `address of the engine (default ${url})`)
    .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
    .option('--json', 'print the answer as JSON');
}

/** Adds commands to a group, each with these options. */
export function engineCommands(
  group: Command,
  context: CliContext,
): (name: string, description: string) => Command {
  return (name, description) => withEngineOptions(group.command(name).description(description), context);
}

/** Prints what the engine answers, or why it did not. */
export async function runOnEngine(
  { name, context, flags, exitOf = () => exitCodes.failed }: Running,
  work: (call: CallEngine) => Promise<Shown>,
): Promise<void> {
  const { stdout, stderr, setExitCode } = context;
  const json = flags.json === true;
  try {
    const { answer, text } = await work(createEngineCall(context, flags));
    stdout.write(json ? `${JSON.stringify(answer)}\n` : text);
  } catch (error) {
    if (!(error instanceof TesseraError)) throw error;
    const { code, message: detail } = error;
    if (json) stdout.write(`${JSON.stringify({ code, detail })}\n`);
    stderr.write(`${name}: ${detail} (${code})\n`);
    const exit = exitOf(code);
    if (exit !== 0) setExitCode(exit);
  }
}

/** Follows the job that an answer names to its end, with its progress on stderr; answers its result. */
export async function waitForJob(
  call: CallEngine,
  { job: created }: JsonObject,
  {
    context: { stderr, isTty, clock },
    flags,
    name,
    doing,
  }: Pick<Running, 'context' | 'flags'> & {
    /** What failures call the job, such as `The simulation`, and what the progress says. */
    readonly name: string;
    readonly doing: string;
  },
): Promise<JsonObject> {
  const progress = createProgress({ stderr, isTty, clock, quiet: flags.json === true });
  progress.start(doing);
  try {
    return await followJob(call, { job: isJsonObject(created) ? created : {}, name, progress });
  } finally {
    progress.stop();
  }
}
