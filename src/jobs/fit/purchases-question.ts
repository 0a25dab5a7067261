import type { PurchasesQuestion } from '../../analytics/purchases-sql.ts';
import { TesseraError } from '../../errors.ts';
import type { FeatureDefinition } from '../../model/feature.ts';
import { DAY_MS, type EpochMs, parseDuration } from '../../model/time.ts';
import { Zones } from '../../model/zone.ts';
import type { FitParts } from './fit-parts.ts';

/** The feature that a model is to read, as a question to history, up to a moment. */
export interface AskedFeature {
  readonly definition: FeatureDefinition;
  readonly question: Omit<PurchasesQuestion, 'without' | 'share'>;
}

/** Fails with `fit_impossible` where the feature is none that history can be asked for. */
export function askedFeature(
  { feature: name, asOf, day }: { readonly feature: string; readonly asOf: EpochMs; readonly day?: number },
  { definitions }: Pick<FitParts, 'definitions'>,
): AskedFeature {
  const definition = definitions.entry.features.find((each) => each.definition.name === name)?.definition;
  if (definition === undefined) throw new TesseraError('fit_impossible', `There is no feature ${name}.`);
  const { aggregate, where, of, on, window, zone = 'UTC' } = definition;
  if (aggregate !== 'purchases')
    throw new TesseraError('fit_impossible', `The feature ${name} is not of the aggregate purchases.`);
  if (where !== undefined)
    throw new TesseraError(
      'fit_impossible',
      `The feature ${name} has a condition, which history is not asked for.`,
    );
  const windowMs = parseDuration(window);
  const today = day ?? Math.floor((new Zones().find(zone)?.localAt(asOf) ?? asOf) / DAY_MS);
  return {
    definition,
    question: {
      zone,
      amount: of === 'order.total' ? 'total' : 'spend',
      refunds: on.includes('order_refunded'),
      currency: definitions.reportingCurrency,
      today,
      ...(windowMs === undefined ? {} : { windowDays: windowMs / DAY_MS }),
    },
  };
}
