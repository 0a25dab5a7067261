import type { Filling } from './features/compile.ts';
import type {
  BackfillCursor,
  BackfillInForce,
  DefinitionsEntry,
  NumberedDefinition,
} from './model/definitions.ts';
import type { FoldContext } from './model/fold.ts';
import { keys } from './model/keys.ts';
import type { BackfillRecord, BackfillStep } from './model/record.ts';

/**
 * What the steps of a backfill change of the definitions in force. One at a time: a second `begin` changes nothing, nor
 * does a step of a backfill that is not, or no longer, under way. A step that comes twice is the same as once.
 */
export function changeBackfill(
  entry: DefinitionsEntry,
  record: BackfillRecord,
  context: FoldContext,
): DefinitionsEntry {
  const { id, step } = record;
  const { backfill, ...rest } = entry;
  if (step.type === 'begin') return backfill === undefined ? begin(entry, { id, step }, context) : entry;
  if (backfill?.id !== id || step.type === 'states') return entry;
  context.view.remove(keys.backfill);
  return step.type === 'cancel' ? rest : { ...rest, features: entry.features.map(filled(backfill)) };
}

interface Beginning {
  readonly id: string;
  readonly step: Extract<BackfillStep, { type: 'begin' }>;
}

function begin(entry: DefinitionsEntry, { id, step }: Beginning, context: FoldContext): DefinitionsEntry {
  const named = new Set(step.features);
  let { nextNumber } = entry;
  const features = entry.features
    .filter(({ definition, origin }) => named.has(definition.name) && canBeFilled(definition, origin))
    .map(({ definition, number }) => ({ name: definition.name, number: nextNumber++, replaces: number }));
  if (features.length === 0) return entry;
  const { author, source } = step;
  const cut = { seq: context.position.seq, index: context.position.index };
  context.view.put(keys.backfill, { id, facet: '' } satisfies BackfillCursor);
  return { ...entry, nextNumber, backfill: { id, author, source, cut, since: context.now, features } };
}

/** Whether history has something to add: a derived feature has no state, and some have missed nothing. */
export function canBeFilled({ aggregate }: NumberedDefinition['definition'], origin: boolean): boolean {
  return aggregate !== 'derived' && !origin;
}

/** The filled number takes the place of the old one, whose state leaves each facet when that is written next. */
function filled({ features }: BackfillInForce): (numbered: NumberedDefinition) => NumberedDefinition {
  const numbers = new Map(features.map(({ number, replaces }) => [replaces, number]));
  return (numbered) => {
    const number = numbers.get(numbered.number);
    return number === undefined ? numbered : { ...numbered, number, origin: true };
  };
}

/** The backfill goes on while every feature of it stays as it was; otherwise it is dropped as a whole. */
export function standing(
  backfill: BackfillInForce | undefined,
  features: readonly NumberedDefinition[],
): { readonly backfill?: BackfillInForce } {
  if (backfill === undefined) return {};
  const names = new Map(features.map(({ number, definition }) => [number, definition.name]));
  return backfill.features.every(({ name, replaces }) => names.get(replaces) === name) ? { backfill } : {};
}

/** What the features in force gather beside what is read of them. */
export function fillingOf({ backfill, features }: DefinitionsEntry): Filling | undefined {
  if (backfill === undefined) return undefined;
  const inForce = new Map(features.map((numbered) => [numbered.number, numbered]));
  const definitions = backfill.features.flatMap(({ number, replaces }) => {
    const numbered = inForce.get(replaces);
    return numbered === undefined ? [] : [{ ...numbered, number, origin: true }];
  });
  return { id: backfill.id, definitions };
}
