import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';
import { describeRoute } from './openapi.ts';
import { choiceParameter, readParameters } from './parameters.ts';
import type { IdentifierQuality, Quality } from './quality-service.ts';

const query = {
  fresh: choiceParameter({
    description: 'With 1 the identifiers are looked over now, unless that is under way already.',
    choices: ['1'],
  }),
};

const exampleSpread = { p50: 1, p99: 2, max: 14 };

/** What the data is worth: what identifies people does so. */
export function registerQualityRoutes(
  app: FastifyInstance,
  { quality }: { readonly quality: Quality },
  metrics: Metrics,
): void {
  const schema = describeRoute({
    tag: 'Operate',
    summary: 'How well identifiers tell people apart',
    description:
      'By identifier type: values that one profile holds, and people that one value was seen with (median, 99th ' +
      'percentile, largest). About one person per value is `ideal`, 2 to 5 are `fine`, up to 9 are worth a `watch`, and ' +
      'with tens the type is to `reject`; the 99th percentile decides. All identifiers are looked over in the ' +
      'background every few minutes; `as_of` says when, and is null while the first time is still under way.',
    query,
    answers: {
      200: {
        description: 'The latest findings.',
        example: {
          identifiers: [
            {
              type: 'device_id',
              values: 120345,
              profiles: 98211,
              values_per_profile: exampleSpread,
              profiles_per_value: exampleSpread,
              shared: 311,
              blocked: 0,
              verdict: 'fine',
            },
          ],
          as_of: 1795255200123,
        },
      },
    },
  });
  app.get('/v1/analytics/quality', { schema, config: { scope: 'read' } }, async (request) => {
    const { fresh } = readParameters(query, request.query);
    return await quality.report(fresh === '1');
  });
  registerGauges(quality, metrics);
}

function registerGauges(quality: Quality, metrics: Metrics): void {
  const gauge = (name: string, help: string, read: (each: IdentifierQuality) => number): void =>
    metrics.gauges(`tessera_identifier_${name}`, help, {
      label: 'type',
      read: () => Object.fromEntries(quality.latest.identifiers.map((each) => [each.type, read(each)])),
    });
  gauge('values', 'Identifiers known, by type.', ({ values }) => values);
  gauge('profiles', 'Profiles that hold an identifier of the type.', ({ profiles }) => profiles);
  gauge('shared', 'Identifiers that several people use: they link nobody.', ({ shared }) => shared);
  gauge('blocked', 'Identifiers that too many people claim: they identify nobody.', ({ blocked }) => blocked);
  for (const rank of ['p50', 'p99', 'max'] as const) {
    const which = { p50: 'median', p99: '99th percentile', max: 'largest' }[rank];
    gauge(
      `values_per_profile_${rank}`,
      `Identifiers of the type that one profile holds, ${which}.`,
      ({ values_per_profile: spread }) => spread[rank],
    );
    gauge(
      `profiles_per_value_${rank}`,
      `People that one identifier was seen with, ${which}.`,
      ({ profiles_per_value: spread }) => spread[rank],
    );
  }
  metrics.gauge(
    'tessera_identifier_lint_time_seconds',
    'When identifiers were last looked over, in seconds since 1970; 0: not yet.',
    () => (quality.latest.as_of ?? 0) / 1_000,
  );
}
