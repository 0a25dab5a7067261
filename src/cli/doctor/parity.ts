import { TesseraError } from '../../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { EngineFlags } from '../engine-call.ts';
import { followJob } from '../follow-job.ts';
import { createProgress } from '../progress.ts';
import { formatTable } from '../text-table.ts';
import type { Examination } from './examination.ts';

export const PARITY_HELP = `
Recomputes profiles from history, up to the position of the state, and compares every feature. Needs a key with the
scope admin. Nothing is changed.

Features are skipped where the comparison would say nothing:
  defined_later        defined after the profile's first event, not filled from history (tessera backfill NAME does that),
                       and reaching back to before it
  input_defined_later  computed from one of those
  filled_estimate      filled from history, and an estimate on both sides

Exit codes: 0 no difference; 1 failed, or the engine refused it; 2 wrong usage; 3 differences were found.

Examples:
  tessera doctor parity
  tessera doctor parity --profiles 500
  tessera doctor parity --identifier phone:13900001111 --json
`;

export interface ParityFlags extends EngineFlags {
  readonly profiles?: string;
  readonly identifier?: string;
}

/** Recomputes profiles from history and compares every feature. */
export const parity: Examination<ParityFlags> = {
  name: 'parity',
  title: 'State and history',
  ask: async ({ call, context, flags }) => {
    const { job } = await call({ method: 'POST', path: '/v1/analytics/parity', body: bodyOf(flags) });
    const { stderr, isTty, clock } = context;
    const progress = createProgress({ stderr, isTty, clock, quiet: flags.json === true });
    progress.start('Comparing');
    try {
      return await followJob(call, { job: isJsonObject(job) ? job : {}, name: 'The comparison', progress });
    } finally {
      progress.stop();
    }
  },
  isFine: (findings) => differencesIn(findings) === 0,
  describe: describeParity,
};

function bodyOf({ profiles, identifier }: ParityFlags): JsonObject {
  if (profiles !== undefined && identifier !== undefined)
    throw new TesseraError('invalid_parameter', '--profiles and --identifier exclude each other.');
  if (identifier !== undefined) return { profile: identifier };
  if (profiles === undefined) return {};
  if (!/^\d{1,9}$/.test(profiles))
    throw new TesseraError('invalid_parameter', '--profiles must be a whole number.');
  return { profiles: Number(profiles) };
}

const KINDS = ['mismatch', 'missing', 'extra'] as const;

function differencesIn(findings: JsonObject): number {
  return KINDS.reduce((sum, kind) => sum + Number(findings[kind] ?? 0), 0);
}

function describeParity(findings: JsonObject): string {
  const { profiles, features, profiles_skipped, features_skipped, skipped_for, differences } = findings;
  const compared = Number(features ?? 0);
  const rate = (kind: string): string => {
    const found = Number(findings[kind] ?? 0);
    return `${found} (${compared === 0 ? '0' : ((100 * found) / compared).toFixed(3)} %)`;
  };
  const summary = [
    `profiles compared  ${String(profiles)} (skipped ${String(profiles_skipped)}${reasonsIn(skipped_for)})`,
    `features compared  ${compared} (skipped ${String(features_skipped)}${reasonsIn(findings.features_skipped_for)})`,
    `mismatch           ${rate('mismatch')}`,
    `missing in state   ${rate('missing')}`,
    `extra in state     ${rate('extra')}`,
  ];
  const different = rowsOf(differences, ['profile_id', 'feature', 'kind'], ['live', 'history']);
  const skipped = rowsOf(findings.skipped_features, ['feature', 'reason', 'profiles'], []);
  const tables = [
    tableOf(['profile', 'feature', 'kind', 'live', 'history'], different),
    tableOf(['skipped feature', 'reason', 'profiles'], skipped),
  ];
  return `${summary.join('\n')}\n${tables.join('')}`;
}

function reasonsIn(counts: JsonValue | undefined): string {
  const reasons = isJsonObject(counts) ? Object.entries(counts) : [];
  return reasons.length === 0 ? '' : `: ${reasons.map(([name, n]) => `${name} ${String(n)}`).join(', ')}`;
}

/** Names are shown as they are, values as JSON. */
function rowsOf(
  listed: JsonValue | undefined,
  names: readonly string[],
  values: readonly string[],
): readonly string[][] {
  const objects: readonly JsonValue[] = Array.isArray(listed) ? listed : [];
  return objects
    .filter(isJsonObject)
    .map((each) => [
      ...names.map((name) => String(each[name])),
      ...values.map((name) => JSON.stringify(each[name])),
    ]);
}

function tableOf(head: readonly string[], rows: readonly string[][]): string {
  return rows.length === 0 ? '' : `\n${formatTable(head, rows)}`;
}
