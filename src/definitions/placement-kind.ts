import type { PlacementDefinition } from '../model/placement.ts';
import type { DefinitionKind } from '../serve/services.ts';
import { createPlacementCheck } from './definition-checks.ts';
import type { DefinitionKindsOptions } from './definition-kinds.ts';
import type { WriteDefinitions } from './definition-writer.ts';
import { createListedKind, type ListedKind } from './listed-kind.ts';

/** Places that show recommendations. A changed one holds from the next list on. */
export function createPlacementKind(
  options: DefinitionKindsOptions,
  write: WriteDefinitions,
): DefinitionKind {
  const kind: ListedKind<PlacementDefinition> = {
    read: createPlacementCheck(),
    originals: options.pack.placements ?? [],
    inForce: ({ placements = [] }) => placements,
    asPart: (placements) => ({ placements }),
  };
  return createListedKind(kind, options, write);
}
