import type { SetupReport } from '../../model/finding.ts';
import type { EngineFlags } from '../engine-call.ts';
import type { Examination } from './examination.ts';
import { describeFindings, hasFault, shownFindings } from './findings.ts';

export const SETUP_HELP = `
Looks over what an engine with these settings would start on: the settings and definitions themselves, the data directory, room and
rights, the master key, the register of erasures, Redis, NATS and ClickHouse with what they are set to, and their clocks. Settings
come from where an engine takes them: the environment, --config, and these flags. Works without an engine, beside
one that runs, and where none starts. Changes nothing.

Exit codes: 0 no fault; 1 failed; 2 wrong usage; 3 a fault was found, or a doubt with --strict.

Examples:
  tessera doctor setup --data-dir ./.tessera
  tessera doctor setup --config /etc/tessera.yaml --strict
  TESSERA_NATS_URL=nats://n1:4222 TESSERA_REDIS_URL=redis://r1:6379 tessera doctor setup --json
`;

export interface SetupFlags extends EngineFlags {
  readonly config?: string;
  readonly dataDir?: string;
  readonly definitions?: string;
  readonly strict?: boolean;
}

/** Reads settings as an engine does and looks at what they name; see `engine/examine-setup`. */
export type ExamineSetup = (flags: Readonly<Record<string, unknown>>) => Promise<SetupReport>;

/** What an engine would start on. */
export function setupExamination(examine: ExamineSetup): Examination<SetupFlags> {
  return {
    name: 'setup',
    title: 'Setup',
    ask: async ({ flags }) => {
      const { config, dataDir, definitions } = flags;
      const { findings, looked_at } = await examine({ config, dataDir, definitions });
      return { findings: shownFindings(findings), looked_at: [...looked_at] };
    },
    isFine: (report, flags) => !hasFault(report, flags.strict === true),
    describe: describeFindings,
  };
}
