import type { ClusterAxis } from '../../model/value-model.ts';
import { roundTo } from '../../value/round-to.ts';

export interface Described {
  readonly label: string;
  readonly description: string;
}

/** Standard deviations from the mean at which a cluster is worth mentioning on an axis. */
const NOTABLE = 0.5;
const MARKED = 1.5;
/** Axes that a label names, and a description. */
const NAMED = 2;
const TOLD = 4;

interface Trait {
  readonly feature: string;
  readonly word: string;
  readonly deviation: number;
  /** The center and the mean of all, on the feature's own scale. */
  readonly here: string;
  readonly everywhere: string;
}

function wordFor(deviation: number): string {
  const word = deviation > 0 ? 'high' : 'low';
  return Math.abs(deviation) >= MARKED ? `very ${word}` : word;
}

function unscaled(value: number, log: boolean): string {
  const plain = !log ? value : value < 0 ? -Math.expm1(-value) : Math.expm1(value);
  return String(roundTo(plain, 2) ?? 0);
}

function traitsOf(center: readonly number[], axes: readonly ClusterAxis[]): readonly Trait[] {
  return axes
    .map(({ feature, log, mean, deviation: unit }, i): Trait => {
      const deviation = center[i] ?? 0;
      return {
        feature,
        word: wordFor(deviation),
        deviation,
        here: unscaled(mean + deviation * unit, log),
        everywhere: unscaled(mean, log),
      };
    })
    .sort((a, b) => Math.abs(b.deviation) - Math.abs(a.deviation));
}

/**
 * What tells each cluster from the average: `high spend_365d, low days_since_last_order` as a label, the most telling
 * features with their typical values as a description. A label that would come twice gets a number.
 */
export function describeClusters(
  centers: readonly (readonly number[])[],
  axes: readonly ClusterAxis[],
): readonly Described[] {
  const taken = new Map<string, number>();
  return centers.map((center) => {
    const traits = traitsOf(center, axes);
    const notable = traits.filter(({ deviation }) => Math.abs(deviation) >= NOTABLE).slice(0, NAMED);
    const words = notable.map(({ word, feature }) => `${word} ${feature}`);
    const plain = words.length === 0 ? 'average' : words.join(', ');
    const before = taken.get(plain) ?? 0;
    taken.set(plain, before + 1);
    const told = traits
      .slice(0, TOLD)
      .map(({ feature, here, everywhere }) => `${feature} around ${here} (all: ${everywhere})`);
    return { label: before === 0 ? plain : `${plain} (${before + 1})`, description: told.join('; ') };
  });
}
