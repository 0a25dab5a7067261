import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';
import type { Expecting } from './expected-service.ts';
import { describeRoute } from './openapi.ts';
import { integerParameter, invalidParameter, readParameters } from './parameters.ts';
import { NO_FEATURES, readOptions } from './profile-routes.ts';

const STORE = /^[^\p{Cc}]{1,200}$/u;

const query = {
  days: integerParameter({
    description: 'Appointments of so many days to come.',
    minimum: 1,
    maximum: limits.expectedDaysMax,
    fallback: limits.expectedDays,
  }),
  limit: integerParameter({
    description: 'How many of each reason at most.',
    minimum: 1,
    maximum: limits.expectedMax,
    fallback: limits.pageDefault,
  }),
};

/** Whom a store may expect. */
export function registerExpectedRoutes(app: FastifyInstance, expecting: Expecting): void {
  const schema = describeRoute({
    tag: 'Analytics',
    summary: 'Customers that a store may expect',
    description:
      'Who has an appointment in the store (`appointment_booked`), whose order waits there (`order_ready_for_pickup`, not picked up), and ' +
      'who has a full cart and is at home in it: the store bought in most often in a year, else the one entered last. Out of history; ' +
      '`freshness` says how far that is behind. Names and identifiers are masked unless the key holds the scope `pii`; whoever has restricted the ' +
      'use of their data is left out.',
    path: { store: { description: 'The store, as events name it.', example: 'SH-001' } },
    query,
    answers: {
      200: {
        description:
          'Appointments by when they are, orders by how long they have waited, carts the newest first.',
        example: {
          ...{ store: 'SH-001', now: 1795255200123, freshness: { rows_waiting: 0, seconds_waiting: 0 } },
          expected: [
            {
              ...{ reason: 'appointment', at: 1795846800000 },
              profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
              name: 'A***',
              identifiers: { phone: ['139****1111'] },
              detail: { appointment_id: 'ap-310', service: 'styling', associate_id: 'A7' },
            },
          ],
        },
      },
    },
  });
  app.get<{ Params: { store: string } }>(
    '/v1/stores/:store/expected',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const { store } = request.params;
      if (!STORE.test(store)) throw invalidParameter('store', 'must be a text of 1 to 200 characters');
      const { days, limit } = readParameters(query, request.query);
      const read = { ...readOptions(request), features: NO_FEATURES };
      return await expecting.expect({ store, days, limit, read });
    },
  );
}
