import type { RetentionDefinition } from '../model/retention.ts';
import type { DefinitionKind } from '../serve/services.ts';
import { createRetentionCheck } from './definition-checks.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { createListedKind, type ListedKind } from './listed-kind.ts';

/** How long things are kept. A changed rule holds from the next run on. */
export function createRetentionKind(
  options: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const kind: ListedKind<RetentionDefinition> = {
    read: createRetentionCheck(),
    originals: options.pack.retention ?? [],
    inForce: ({ retention = [] }) => retention,
    asPart: (retention) => ({ retention }),
  };
  return createListedKind(kind, options, write);
}
