import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EnginePlace } from '../e2e/support/engine-place.ts';
import { notCovered, type OpenApiDocument, operationsOf, operationsText } from './operations-text.ts';

const FILE = fileURLToPath(new URL('../../src/sdk/client/operations.ts', import.meta.url));

describe('the operations that the client offers', () => {
  const place = new EnginePlace();
  let document: OpenApiDocument;

  beforeAll(async () => {
    const { api } = await place.start();
    document = (await api.get('/openapi.json')).body;
  });
  afterAll(() => place.remove());

  it('are those of the document, parameter by parameter, but for what is left out with a reason', async () => {
    await expect(operationsText(document)).toMatchFileSnapshot(FILE);
  });

  it('leave nothing out that the document does not have', () => {
    const operations = operationsOf(document);
    const idle = notCovered.filter(({ matches }) => !operations.some(matches));
    // Vendors ask by HEAD on some paths only.
    expect(idle.map(({ reason }) => reason).filter((reason) => !reason.includes('to GET'))).toEqual([]);
  });

  it('have a method for each stream', () => {
    const streams = operationsOf(document).filter(({ tags }) => tags?.includes('Streams'));
    expect(streams.map(({ name }) => name).sort()).toEqual([
      'GET /v1/stream/events',
      'GET /v1/stream/profiles/{id}',
      'GET /v1/stream/triggers',
    ]);
  });
});
