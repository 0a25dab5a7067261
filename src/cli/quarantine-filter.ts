import type { Command } from 'commander';
import type { EngineFlags } from './engine-call.ts';

/** By what kept events are looked for, on the command line. */
export interface KeptFlags extends EngineFlags {
  readonly code?: string;
  readonly source?: string;
  readonly channel?: string;
  readonly type?: string;
  readonly path?: string;
  readonly schema?: string;
  readonly from?: string;
  readonly to?: string;
  readonly attempts?: string;
}

export function withKeptOptions(command: Command): Command {
  return command
    .option('--code <code>', 'kept for this reason')
    .option('--source <source>', 'of this source')
    .option('--channel <channel>', 'of this channel')
    .option('--type <type>', 'of this type, where it was understood')
    .option('--path <pointer>', 'with this path; * stands for a place in a list')
    .option('--schema <version>', 'refused by this version of a schema, schema@version')
    .option('--from <time>', 'received then or later')
    .option('--to <time>', 'received before')
    .option('--attempts <n>', 'tried so often or more');
}

/** The same in the words of the API. */
export function keptFilter(flags: KeptFlags): Readonly<Record<string, string>> {
  const { code, source, channel, type, path, schema, from, to, attempts } = flags;
  const given = { code, source, channel, type, path, schema_version: schema, from, to, attempts };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
