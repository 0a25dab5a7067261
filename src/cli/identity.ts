import { type Command, Option } from 'commander';
import type { JsonObject } from '../model/json.ts';
import type { CliContext } from './context.ts';
import type { CallEngine, EngineFlags } from './engine-call.ts';
import { engineCommands, runOnEngine } from './engine-command.ts';
import { exitCodes } from './exit-codes.ts';
import { runSimulation, type SimulationFlags } from './identity-simulation.ts';
import { describeGraph, describeLint, describeReport, describeReviews } from './identity-text.ts';

const HELP = `
Identifiers are written type:value, or type@issuer:value where the issuer is not the default one. Values are masked
unless the key holds the scope pii. Merges, unmerges and decisions need the scope admin, simulations define.

Exit codes: 0 done; 1 failed, or the engine refused it; 2 wrong usage.

Examples:
  tessera identity show phone:13900001111
  tessera identity unmerge device_id:tablet-7
  tessera identity reviews --status open
  tessera identity decide 17 approve --note "asked at the till"
  tessera identity simulate --policy identity.yaml --from 2026-11-01
`;

/** Adds `tessera identity …` to the program. */
export function registerIdentity(program: Command, context: CliContext): void {
  const identity = program
    .command('identity')
    .description('look at, merge and take apart people; answer reviews; try another policy')
    .addHelpText('afterAll', HELP);
  const add = engineCommands(identity, context);
  registerPeople(add, context);
  registerReviews(add, context);
  registerPolicy(add, context);
}

type Add = (name: string, description: string) => Command;

function registerPeople(add: Add, context: CliContext): void {
  add('show', 'the identity of a profile: its identifiers, and why each belongs to it')
    .argument('<ref>', 'profile id or identifier')
    .action((ref: string, flags: EngineFlags) =>
      answer(context, flags, {
        ask: (call) => call({ method: 'GET', path: `/v1/profiles/${encodeURIComponent(ref)}/identity` }),
        describe: describeGraph,
      }),
    );
  add('merge', 'make the holders of two identifiers one person')
    .argument('<a>', 'an identifier')
    .argument('<b>', 'another one')
    .action((a: string, b: string, flags: EngineFlags) =>
      answer(context, flags, {
        ask: (call) => call({ method: 'POST', path: '/v1/identity/merges', body: { identifiers: [a, b] } }),
        describe: describeReport,
      }),
    );
  add('unmerge', 'take an identifier out of its person, as if it had never been linked')
    .argument('<identifier>', 'the identifier that leaves')
    .option('--from <identifier>', 'an identifier of the part that remains (default the strongest other one)')
    .action((identifier: string, flags: EngineFlags & { readonly from?: string }) =>
      answer(context, flags, {
        ask: (call) =>
          call({
            method: 'POST',
            path: '/v1/identity/unmerges',
            body: { identifier, ...(flags.from === undefined ? {} : { from: flags.from }) },
          }),
        describe: describeReport,
      }),
    );
}

interface ReviewFlags extends EngineFlags {
  readonly status?: string;
  readonly kind?: string;
  readonly limit?: string;
  readonly after?: string;
}

function registerReviews(add: Add, context: CliContext): void {
  add('reviews', 'questions of identity that wait for somebody, oldest first')
    .addOption(
      new Option('--status <status>', 'only of this status').choices([
        'open',
        'approved',
        'rejected',
        'expired',
        'settled',
      ]),
    )
    .addOption(
      new Option('--kind <kind>', 'only of this kind').choices([
        'conflict',
        'duplicate',
        'suspicious_merge',
        'referral',
      ]),
    )
    .option('--limit <n>', 'how many at most')
    .option('--after <n>', 'go on after this review')
    .action(({ status, kind, limit, after, ...flags }: ReviewFlags) => {
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries({ status, kind, limit, after })) {
        if (value !== undefined) query.set(name, value);
      }
      return answer(context, flags, {
        ask: (call) => call({ method: 'GET', path: `/v1/reviews?${query.toString()}` }),
        describe: describeReviews,
      });
    });
  add('decide', 'answer a review')
    .argument('<n>', 'number of the review')
    .argument('<decision>', 'approve or reject')
    .option('--note <text>', 'why')
    .action((n: string, decision: string, flags: EngineFlags & { readonly note?: string }) =>
      answer(context, flags, {
        ask: (call) =>
          call({
            method: 'POST',
            path: `/v1/reviews/${encodeURIComponent(n)}/decisions`,
            body: { decision, ...(flags.note === undefined ? {} : { note: flags.note }) },
          }),
        describe: describeReport,
      }),
    );
}

function registerPolicy(add: Add, context: CliContext): void {
  add('simulate', 'what would another policy have done? changes nothing')
    .requiredOption('--policy <file>', 'the policy to try, as YAML')
    .option('--from <time>', 'only events received from then on')
    .option('--to <time>', 'only events received before')
    .action((flags: EngineFlags & SimulationFlags) =>
      answer(context, flags, {
        ask: (call) => runSimulation(call, context, flags),
        describe: describeReport,
      }),
    );
  add('lint', 'values per profile and profiles per value of each identifier type').action(
    (flags: EngineFlags) =>
      answer(context, flags, {
        ask: async (call) => {
          const { identifiers = [] } = await call({ method: 'GET', path: '/v1/analytics/quality' });
          return { identifiers };
        },
        describe: describeLint,
      }),
  );
}

interface Asking {
  readonly ask: (call: CallEngine) => Promise<JsonObject>;
  readonly describe: (answer: JsonObject) => string;
}

function answer(context: CliContext, flags: EngineFlags, { ask, describe }: Asking): Promise<void> {
  const exitOf = (code: string): number =>
    code === 'invalid_parameter' || code === 'invalid_definition' ? exitCodes.usage : exitCodes.failed;
  return runOnEngine({ name: 'identity', context, flags, exitOf }, async (call) => {
    const result = await ask(call);
    return { answer: result, text: describe(result) };
  });
}
