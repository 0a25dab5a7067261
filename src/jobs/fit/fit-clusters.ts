import { TesseraError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { EpochMs } from '../../model/time.ts';
import type { ClusterAxis, ClustersModel } from '../../model/value-model.ts';
import { placeOf, scaled } from '../../value/clusters-model.ts';
import { roundTo } from '../../value/round-to.ts';
import { describeClusters } from './describe-clusters.ts';
import { findClusters } from './find-clusters.ts';
import type { FitRun } from './fit-parts.ts';
import { sampleCustomers } from './sample-customers.ts';

export interface ClustersRequest {
  readonly name: string;
  readonly features: readonly string[];
  /** Numbers of clusters to choose from. */
  readonly counts: readonly number[];
  /** Whether values count by their logarithms: what people spend differs by factors, not by amounts. */
  readonly log: boolean;
  readonly asOf: EpochMs;
  readonly options: JsonObject;
}

const DECIMALS = 6;

/** Divides customers by what features say of them now, and describes what each part is like. */
export async function fitClusters(request: ClustersRequest, run: FitRun): Promise<ClustersModel> {
  const { name, features, counts, log, asOf, options } = request;
  const sampled = await sampleCustomers(features, run);
  // Somebody of whom nothing is known belongs nowhere.
  const rows = sampled.filter((row) => row.some((value) => typeof value === 'number' && value !== 0));
  if (rows.length < limits.fitCustomersMin) {
    const least = limits.fitCustomersMin;
    throw new TesseraError(
      'fit_impossible',
      `The features say something of ${rows.length} customers; a fit needs at least ${least}.`,
    );
  }
  const all = features.map((feature, i) => axisOf(feature, { log, values: rows.map((row) => row[i]) }));
  // What is the same for everybody tells nobody from anybody.
  const axes = all.filter(({ deviation }) => deviation > 0);
  if (axes.length === 0)
    throw new TesseraError(
      'fit_impossible',
      `The features are the same for all customers: ${features.join(', ')}.`,
    );
  run.report({ done: 0, total: 0, note: 'looking for clusters' });
  const points = rows.map((row) =>
    placeOf(
      row.filter((_, i) => axes.includes(all[i] as ClusterAxis)),
      axes,
    ),
  );
  const found = await findClusters(points, counts, run.pace);
  if (found === undefined) throw new TesseraError('fit_impossible', 'No number of clusters fits.');
  const described = describeClusters(found.centers, axes);
  const clusters = found.centers.map((center, i) => ({
    label: described[i]?.label ?? String(i + 1),
    description: described[i]?.description ?? '',
    center: center.map((value) => roundTo(value, DECIMALS) ?? 0),
    share: roundTo(found.members.filter((member) => member === i).length / points.length, 4) ?? 0,
  }));
  const constant = all.filter((axis) => !axes.includes(axis)).map(({ feature }) => feature);
  const report = {
    silhouette: roundTo(found.silhouette, 4),
    ...(constant.length === 0 ? {} : { left_out: constant }),
  };
  return {
    name,
    type: 'clusters',
    fit: { as_of: asOf, customers: rows.length, options, report },
    axes,
    clusters: clusters.sort((a, b) => b.share - a.share),
  };
}

/** What a missing value means is the same here and when a profile is read: nothing. */
function axisOf(
  feature: string,
  { log, values }: { readonly log: boolean; readonly values: readonly (JsonValue | undefined)[] },
): ClusterAxis {
  const numbers = values.map((value) => scaled(value, log));
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const variance = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length;
  return {
    feature,
    log,
    mean: roundTo(mean, DECIMALS) ?? 0,
    deviation: roundTo(Math.sqrt(variance), DECIMALS) ?? 0,
  };
}
