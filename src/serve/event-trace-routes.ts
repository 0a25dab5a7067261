import type { FastifyInstance } from 'fastify';
import { TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import { revealTo } from './disclosure.ts';
import type { EventTraces } from './event-trace-service.ts';
import { describeRoute } from './openapi.ts';
import { readParameters, textParameter } from './parameters.ts';

const parameters = {
  source: textParameter({
    description: 'Only what this source has sent: ids are of one source each.',
    charactersMax: 128,
    pattern: /^[^\n]+$/,
    example: 'web',
  }),
};

const exampleTrace = {
  event_id: 'e-1',
  source: 'web',
  type: 'product_viewed',
  channel: 'web',
  status: 'applied',
  late: false,
  times: {
    event: 1_795_255_200_000,
    received: 1_795_255_200_120,
    appended: 1_795_255_200_123,
    applied: 1_795_255_200_126,
    in_history: 1_795_255_201_004,
  },
  position: { partition: 0, seq: 42, index: 0 },
  history: { present: true },
  known: {
    times: 'measured',
    says: ['features are as they are now'],
    sentences: [{ code: 'features_now', text: 'features are as they are now' }],
  },
  identity: {
    profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
    profile_id_then: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
    facet_id: 'q3Jb0yV2c8mN1xK7tR5wLg',
    identifiers: [{ identifier: 'phone:3fa9c1', type: 'phone', value: '+86139****1111', verified: true }],
    changes: [
      {
        change: 'linked',
        identifier: 'phone:3fa9c1',
        rule: 'same_event',
        reason: '',
        profile_id: '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e',
        other_profile_id: '',
        source: 'web',
        at: 1_795_255_200_123,
      },
    ],
    merges: [],
  },
  features: [{ feature: 'views_1h', value: 3, as_of: 1_795_255_260_000, partial: false }],
  segments: [],
  points: [],
  triggers: {
    decisions: [
      {
        id: '5c0e6f0a9d1b4c7e8f2a3b4c5d6e7f80',
        trigger: 'plus_size_hesitation',
        decision: 'suppressed',
        reason: 'cooldown',
        at: 1_795_255_200_123,
        channel: '',
        payload: {},
        trace: { checks: [{ check: 'cooldown', passed: false }] },
      },
    ],
    looked: ['yoga_outfit'],
  },
};

/** What became of one event, from its request to history. */
export function registerEventTraceRoutes(app: FastifyInstance, traces: EventTraces): void {
  const schema = describeRoute({
    tag: 'Profiles',
    summary: 'What became of one event',
    description:
      'Each receipt of the id, the newest first, at most ' +
      `${limits.traceReceiptsMax}: its \`status\`, whose it is and what identity made of it, the features that it says something to as they ` +
      'are now, segments and points that it changed, what triggers decided because of it and which others looked, its row of history, and its ' +
      'entry in quarantine (whose id may stand in the place of the event’s; `event_id` is what its sender calls it, where that was readable). `times`: when it happened, was received, was durable in the log, ' +
      'was applied and committed, and was in history; null is what nobody knows. Storage keeps the first three of an event that was applied; the others, and ' +
      `repeats and refusals, are known of the newest ${limits.recentEventsKept} events by the process that had them, until it ends: \`known\` says which it is. ` +
      'Identifiers are masked unless the key has the scope `pii`.',
    path: {
      event_id: { description: 'The id of the event, or of its entry in quarantine.', example: 'e-1' },
    },
    query: parameters,
    answers: {
      200: {
        description: 'What is known of it.',
        example: { event_id: 'e-1', traces: [exampleTrace] },
      },
      404: { description: '`not_found`: neither history nor this process knows of such an event.' },
    },
  });
  app.get<{ Params: { readonly event_id: string } }>(
    '/v1/events/:event_id/trace',
    { schema, config: { scope: 'read' } },
    async (request) => {
      const { source } = readParameters(parameters, request.query);
      const id = request.params.event_id;
      if (id.length > limits.eventIdCharactersMax) throw unknownEvent();
      const read = revealTo(request);
      const found = await traces.of({ id, read, ...(source === undefined ? {} : { source }) });
      if (found.length === 0) throw unknownEvent();
      return { event_id: id, traces: found };
    },
  );
}

function unknownEvent(): TesseraError {
  return new TesseraError('not_found', 'Nothing is known of an event of this id.');
}
