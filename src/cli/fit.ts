import type { Command } from 'commander';
import { TesseraError } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { runOnEngine, waitForJob } from './engine-command.ts';

const HELP = `
Fits a model to history and puts it in force; derived features ask it from then on:
  clv       how often customers will buy, and for how much (BG/NBD and Gamma-Gamma)
  rfm       the fifths of recency, frequency and value
  clusters  customers who are alike (k-means on chosen features)
Needs the scope define. What is not said is as it was the last time. Interrupting the command leaves the work to the engine.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera fit clv --as-of 2026-11-20
  tessera fit rfm --weights '{"recency": 2, "frequency": 1, "monetary": 1, "engagement": 1}'
  tessera fit clusters --features orders_365d,spend_365d,discount_share --k 3-6
`;

interface FitFlags extends EngineFlags {
  readonly type?: string;
  readonly feature?: string;
  readonly asOf?: string;
  readonly parts?: string;
  readonly weights?: string;
  readonly features?: string;
  readonly k?: string;
  /** False with \`--no-log\`; absent: as before. */
  readonly log?: boolean;
  /** False with \`--no-wait\`. */
  readonly wait: boolean;
}

/** Adds `tessera fit` to the program. */
export function registerFit(program: Command, context: CliContext): void {
  program
    .command('fit')
    .description('fit customer lifetime value, RFM or clusters to history')
    .argument('<name>', 'clv, rfm, clusters, or the name of a model')
    .addHelpText('after', HELP)
    .option('--type <type>', 'clv, rfm or clusters, where the name is another one')
    .option('--feature <name>', 'clv, rfm: the feature of the aggregate purchases (default purchases)')
    .option('--as-of <day>', 'clv, rfm: what came after this day does not count')
    .option('--parts <json>', 'rfm: features of the extended score by name')
    .option('--weights <json>', 'rfm: what each score weighs in the extended one')
    .option('--features <names>', 'clusters: features, separated by commas')
    .option('--k <number>', 'clusters: how many, or from-to (default 2-8)')
    .option('--log', 'clusters: take values by their logarithms (default)')
    .option('--no-log', 'clusters: take values as they are, not by their logarithms')
    .option('--url <url>', `address of the engine (default ${context.url})`)
    .option('--key <key>', 'secret key (default TESSERA_SECRET_KEY)')
    .option('--json', 'print the answer as JSON')
    .option('--no-wait', 'answer the job and leave it to the engine')
    .action((name: string, flags: FitFlags) => fitModel(name, context, flags));
}

function fitModel(name: string, context: CliContext, flags: FitFlags): Promise<void> {
  return runOnEngine({ name: 'fit', context, flags }, async (call) => {
    const answer = await ask(call, name, { context, flags });
    return { answer, text: describe(answer) };
  });
}

interface Asking {
  readonly context: CliContext;
  readonly flags: FitFlags;
}

async function ask(call: CallEngine, name: string, { context, flags }: Asking): Promise<JsonObject> {
  const path = `/v1/models/${encodeURIComponent(name)}/fits`;
  const created = await call({ method: 'POST', path, body: bodyOf(flags) });
  if (!flags.wait) return isJsonObject(created.job) ? created.job : {};
  return waitForJob(call, created, { context, flags, name: 'The fit', doing: `Fitting ${name}` });
}

function bodyOf({ type, feature, asOf, parts, weights, features, k, log }: FitFlags): JsonObject {
  return {
    ...(type === undefined ? {} : { type }),
    ...(feature === undefined ? {} : { feature }),
    ...(asOf === undefined ? {} : { as_of: asOf }),
    ...(parts === undefined ? {} : { parts: parsed('--parts', parts) }),
    ...(weights === undefined ? {} : { weights: parsed('--weights', weights) }),
    ...(features === undefined ? {} : { features: features.split(',').map((name) => name.trim()) }),
    ...(k === undefined ? {} : { k: countsIn(k) }),
    ...(log === undefined ? {} : { log }),
  };
}

function parsed(flag: string, text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new TesseraError('invalid_parameter', `${flag} is not valid JSON.`, { cause });
  }
  throw new TesseraError('invalid_parameter', `${flag} must be a JSON object.`);
}

function countsIn(text: string): JsonValue {
  const [, least, most] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  if (least === undefined) throw new TesseraError('invalid_parameter', '--k must be such as 4 or 3-6.');
  return most === undefined ? Number(least) : [Number(least), Number(most)];
}

/** What a model is, in a few lines. */
function describe(answer: JsonObject): string {
  const { id, status, name, type, fit: made } = answer;
  if (status !== undefined) return `job ${String(id)}: ${String(status)}\n`;
  const lines = [`${String(name)}: fitted to ${isJsonObject(made) ? String(made.customers) : '?'} customers`];
  if (isJsonObject(made) && isJsonObject(made.report)) lines.push(numbersOf(made.report));
  for (const key of ['purchases', 'spend', 'quintiles']) {
    const value = answer[key];
    if (isJsonObject(value)) lines.push(`${key}: ${numbersOf(value)}`);
  }
  if (type === 'clusters' && Array.isArray(answer.clusters))
    lines.push(...answer.clusters.map(describeCluster));
  return `${lines.join('\n')}\n`;
}

function numbersOf(object: JsonObject): string {
  return Object.entries(object)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(' ') : String(value)}`)
    .join(', ');
}

function describeCluster(cluster: JsonValue): string {
  if (!isJsonObject(cluster)) return '';
  const { label, share, description } = cluster;
  return `${(100 * Number(share)).toFixed(1).padStart(5)} %  ${String(label)}: ${String(description)}`;
}
