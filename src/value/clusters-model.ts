import type { JsonValue } from '../model/json.ts';
import type { Answers, ClusterAxis, ClustersModel, ModelAnswer } from '../model/value-model.ts';
import { roundTo } from './round-to.ts';

/** A value on the scale of a cluster axis before it is standardized; what is no number counts as nothing. */
export function scaled(value: JsonValue | undefined, log: boolean): number {
  const number = typeof value === 'number' ? value : 0;
  if (!log) return number;
  // Amounts given back may exceed what was paid, and a logarithm has no place for that.
  return number < 0 ? -Math.log1p(-number) : Math.log1p(number);
}

/** Where somebody lies: one number per axis. */
export function placeOf(
  values: readonly (JsonValue | undefined)[],
  axes: readonly ClusterAxis[],
): readonly number[] {
  return axes.map(({ log, mean, deviation }, i) => (scaled(values[i], log) - mean) / deviation);
}

export function squaredDistance(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return sum;
}

/** `label` of the nearest cluster, its `description`, and the `distance` from its center in standard deviations. */
export function compileClusters({ axes, clusters }: ClustersModel): Answers {
  const nearest = (values: readonly JsonValue[]) => {
    // Of somebody with nothing at all there is nothing to say.
    if (values.every((value) => value === null)) return undefined;
    const place = placeOf(values, axes);
    let found: { readonly index: number; readonly squared: number } | undefined;
    clusters.forEach(({ center }, index) => {
      const squared = squaredDistance(place, center);
      if (found === undefined || squared < found.squared) found = { index, squared };
    });
    return found;
  };
  const textOf = (key: 'label' | 'description') => (values: readonly JsonValue[]) => {
    const found = nearest(values);
    return (found && clusters[found.index]?.[key]) ?? null;
  };
  return {
    features: axes.map(({ feature }) => feature),
    outputs: new Map<string, ModelAnswer>([
      ['label', textOf('label')],
      ['description', textOf('description')],
      [
        'distance',
        (values) => {
          const found = nearest(values);
          return found === undefined ? null : roundTo(Math.sqrt(found.squared), 2);
        },
      ],
    ]),
  };
}
