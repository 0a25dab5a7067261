import type { Filling } from '../features/compile.ts';
import type {
  BackfillCursor,
  BackfillInForce,
  BackfillRequested,
  DefinitionsEntry,
  NumberedDefinition,
} from '../model/definitions.ts';
import type { FoldContext } from '../model/fold.ts';
import { keys } from '../model/keys.ts';
import type { BackfillRecord, BackfillStep } from '../model/record.ts';

/**
 * What the steps of a backfill change of the definitions in force. One at a time: a second `begin` changes nothing, nor
 * does a step of a backfill that is not, or no longer, under way. A step that comes twice is the same as once, and a
 * `request` that comes late, when its backfill is under way or done, is none.
 */
export function changeBackfill(
  entry: DefinitionsEntry,
  record: BackfillRecord,
  context: FoldContext,
): DefinitionsEntry {
  const { id, step } = record;
  const { backfill, ...rest } = entry;
  switch (step.type) {
    case 'request':
      return request(entry, { id, step });
    case 'begin':
      return backfill === undefined ? begin(withoutRequest(entry, id), { id, step }, context) : entry;
    case 'states':
      return entry;
    case 'end':
    case 'cancel':
      if (backfill?.id !== id) return step.type === 'cancel' ? withoutRequest(entry, id) : entry;
      context.view.remove(keys.backfill);
      return step.type === 'cancel' ? rest : { ...rest, features: entry.features.map(filled(backfill)) };
  }
}

interface Asked {
  readonly id: string;
  readonly step: Extract<BackfillStep, { type: 'request' | 'begin' }>;
}

/** One for a definition, so that there are never more of them than definitions. */
function request(entry: DefinitionsEntry, { id, step }: Asked): DefinitionsEntry {
  const { backfill, requested = [] } = entry;
  const { author, source, features } = step;
  const waits = requested.some((each) => each.id === id || each.source === source);
  if (waits || backfill?.id === id || fillable(entry, features).length === 0) return entry;
  return { ...entry, requested: [...requested, { id, author, source, features }] };
}

function withoutRequest(entry: DefinitionsEntry, id: string): DefinitionsEntry {
  const { requested = [], ...rest } = entry;
  if (!requested.some((each) => each.id === id)) return entry;
  return { ...rest, ...requestedOf(requested.filter((each) => each.id !== id)) };
}

function requestedOf(requested: readonly BackfillRequested[]): Pick<DefinitionsEntry, 'requested'> {
  return requested.length === 0 ? {} : { requested };
}

function fillable(entry: DefinitionsEntry, names: readonly string[]): readonly NumberedDefinition[] {
  return entry.features.filter(
    ({ definition, origin }) => names.includes(definition.name) && canBeFilled(definition, origin),
  );
}

function begin(entry: DefinitionsEntry, { id, step }: Asked, context: FoldContext): DefinitionsEntry {
  let { nextNumber } = entry;
  const features = fillable(entry, step.features).map(({ definition, number }) => ({
    name: definition.name,
    number: nextNumber++,
    replaces: number,
  }));
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

/**
 * What stays of the backfills when these features come into force. One under way goes on while every feature of it stays
 * as it was, and is dropped as a whole otherwise; one that waits does so while there is a feature of its names.
 */
export function standing(
  { backfill, requested = [] }: DefinitionsEntry,
  features: readonly NumberedDefinition[],
): Pick<DefinitionsEntry, 'backfill' | 'requested'> {
  const named = new Set(features.map(({ definition }) => definition.name));
  const waiting = requestedOf(requested.filter((each) => each.features.some((name) => named.has(name))));
  const names = new Map(features.map(({ number, definition }) => [number, definition.name]));
  const goesOn = backfill?.features.every(({ name, replaces }) => names.get(replaces) === name) === true;
  return goesOn ? { backfill, ...waiting } : waiting;
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
