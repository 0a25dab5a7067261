import { TesseraError } from '../errors.ts';
import {
  type FigureTargets,
  type PriceCheck,
  QUALITY_BEFORE_ANY,
  type QualityChecks,
  type QualityDefinition,
  type QualityTargets,
  type QuantityCheck,
  type VolumeRules,
} from '../model/quality.ts';

/** A quality definition as its author wrote it. */
export interface WrittenQuality
  extends Partial<Omit<QualityDefinition, 'targets' | 'figures' | 'volume' | 'checks'>> {
  readonly targets?: Partial<QualityTargets>;
  readonly figures?: Partial<FigureTargets>;
  readonly volume?: Partial<VolumeRules>;
  readonly checks?: Partial<Omit<QualityChecks, 'price' | 'quantity'>> & {
    readonly price?: Partial<PriceCheck>;
    readonly quantity?: Partial<QuantityCheck>;
  };
}

/** Fills in the defaults and checks that its parts go together; fails with `invalid_definition` and the place. */
export function completeQuality(written: WrittenQuality): QualityDefinition {
  const { description, targets, figures, volume, checks = {}, promotions, expected } = written;
  const before = QUALITY_BEFORE_ANY;
  const definition: QualityDefinition = {
    name: 'default',
    ...(description === undefined ? {} : { description }),
    expected: expected ?? before.expected,
    targets: { ...before.targets, ...targets },
    figures: { ...before.figures, ...figures },
    volume: { ...before.volume, ...volume },
    promotions: promotions ?? before.promotions,
    checks: {
      price: { ...before.checks.price, ...checks.price },
      quantity: { ...before.checks.quantity, ...checks.quantity },
      people: checks.people ?? before.checks.people,
    },
  };
  checkPromotions(definition);
  checkPeople(definition);
  return definition;
}

function checkPromotions({ promotions }: QualityDefinition): void {
  const known = new Map<string, string>();
  for (const [name, days] of Object.entries(promotions)) {
    for (const [i, day] of days.entries()) {
      const path = `/promotions/${name}/${i}`;
      const at = Date.parse(`${day}T00:00:00Z`);
      if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day)
        refuse(path, `there is no day ${day}`);
      const other = known.get(day);
      if (other !== undefined) refuse(path, `${day} is a day of ${other} already`);
      known.set(day, name);
    }
  }
}

/** Their names are in the ids of flags, beside those of the other checks. */
function checkPeople({ checks: { people } }: QualityDefinition): void {
  const names = new Set(['price', 'quantity']);
  for (const [i, { name, under, over }] of people.entries()) {
    const path = `/checks/people/${i}`;
    if (names.has(name)) refuse(`${path}/name`, `there is a check "${name}" already`);
    names.add(name);
    if (under === undefined && over === undefined) refuse(path, 'needs under, over or both');
  }
}

function refuse(path: string, problem: string): never {
  throw new TesseraError('invalid_definition', `quality, ${path}: ${problem}`, { path });
}
