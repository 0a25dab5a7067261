import type { kmeans } from 'ml-kmeans';
import type { Pace } from '../../background/pace.ts';
import { limits } from '../../limits.ts';
import { squaredDistance } from '../../value/clusters-model.ts';

/** A division of points, and how well they lie in it. */
export interface Division {
  readonly centers: readonly (readonly number[])[];
  /** Of each point, the number of its center. */
  readonly members: readonly number[];
  /** From −1 to 1, Rousseeuw's mean silhouette of some of the points. */
  readonly silhouette: number;
}

type KMeansResult = ReturnType<typeof kmeans>;

/** Divisions begin at centers drawn by chance; the same points shall give the same clusters. */
const SEED = 20_050_211;
const ITERATIONS_MAX = 100;

/** K-means (Lloyd's algorithm from k-means++ centers) for each number of clusters; the one with the greatest silhouette. */
export async function findClusters(
  points: readonly (readonly number[])[],
  counts: readonly number[],
  pace: Pace,
): Promise<Division | undefined> {
  let best: Division | undefined;
  for (const count of counts) {
    if (count > points.length) continue;
    const found = await divide(points, count, pace);
    if (found === undefined) continue;
    const { clusters: members, centroids: centers } = found;
    const silhouette = await silhouetteOf(points, members, pace);
    if (best === undefined || silhouette > best.silhouette) best = { centers, members, silhouette };
  }
  return best;
}

async function divide(
  points: readonly (readonly number[])[],
  count: number,
  pace: Pace,
): Promise<KMeansResult | undefined> {
  // The library does not change its points, but its types do not say so.
  const data = points as number[][];
  // As much code as the rest of a start together, for what most engines never do.
  const { kmeansGenerator } = await import('ml-kmeans');
  let last: KMeansResult | undefined;
  for (const result of kmeansGenerator(data, count, { seed: SEED, maxIterations: ITERATIONS_MAX })) {
    last = result;
    if (pace.isDue()) await pace.rest();
  }
  return last;
}

/**
 * How much nearer points are to their own cluster than to the next one: (b − a) ÷ max(a, b) on average, with a the mean
 * distance to the others of its cluster and b the least mean distance to another one. Rousseeuw (1987), "Silhouettes".
 */
async function silhouetteOf(
  points: readonly (readonly number[])[],
  members: readonly number[],
  pace: Pace,
): Promise<number> {
  const every = Math.max(1, Math.ceil(points.length / limits.silhouettePointsMax));
  const chosen = points.map((_, i) => i).filter((i) => i % every === 0);
  let sum = 0;
  for (const i of chosen) {
    sum += silhouetteAt(i, chosen, { points, members });
    if (pace.isDue()) await pace.rest();
  }
  return sum / chosen.length;
}

interface Divided {
  readonly points: readonly (readonly number[])[];
  readonly members: readonly number[];
}

function silhouetteAt(i: number, chosen: readonly number[], { points, members }: Divided): number {
  const sums = new Map<number, { distance: number; count: number }>();
  for (const j of chosen) {
    const cluster = members[j] ?? -1;
    const sum = sums.get(cluster) ?? { distance: 0, count: 0 };
    sums.set(cluster, sum);
    if (j === i) continue;
    sum.distance += Math.sqrt(squaredDistance(points[i] ?? [], points[j] ?? []));
    sum.count += 1;
  }
  const own = sums.get(members[i] ?? -1);
  // A point alone in its cluster says nothing.
  if (own === undefined || own.count === 0) return 0;
  const inside = own.distance / own.count;
  let outside = Number.POSITIVE_INFINITY;
  for (const [cluster, { distance, count }] of sums)
    if (cluster !== members[i] && count > 0) outside = Math.min(outside, distance / count);
  const greater = Math.max(inside, outside);
  return Number.isFinite(outside) && greater > 0 ? (outside - inside) / greater : 0;
}
