import { afterEach, describe, expect, it } from 'vitest';
import { reader, type TestServer, testServer } from './fakes.ts';

let server: TestServer;

afterEach(async () => {
  await server.app.close();
});

const get = async (url: string) => {
  server = await testServer();
  return await server.app.inject({ url, headers: reader });
};

describe('GET /v1/profiles/…/triggers', () => {
  it('answers a page of decisions, and asks history for what was asked for', async () => {
    const response = await get(
      '/v1/profiles/phone:13900001111/triggers?limit=2&before=1-2-3-4&trigger=a&decision=fired',
    );
    expect(response.json()).toEqual({ decisions: [{ id: 'd-1', decision: 'fired' }], next: '1-2-3-4' });
    expect(server.services.asked.decisions).toMatchObject([
      { limit: 2, before: '1-2-3-4', trigger: 'a', decision: 'fired', profileId: expect.any(String) },
    ]);
  });

  it('refuses decisions and cursors that there are not, and people who are not there', async () => {
    expect((await get('/v1/profiles/phone:13900001111/triggers?decision=maybe')).statusCode).toBe(400);
    await server.app.close();
    expect((await get('/v1/profiles/phone:13900001111/triggers?before=1-2')).statusCode).toBe(400);
    await server.app.close();
    expect((await get('/v1/profiles/phone:nobody/triggers')).json()).toMatchObject({
      code: 'profile_not_found',
    });
  });
});

describe('GET /v1/profiles/…/explain', () => {
  it('answers for one trigger, and says which one is missing', async () => {
    const response = await get('/v1/profiles/phone:13900001111/explain?trigger=hesitation');
    expect(response.json()).toMatchObject({ trigger: 'hesitation', says: [] });
    await server.app.close();
    expect((await get('/v1/profiles/phone:13900001111/explain')).json()).toMatchObject({
      code: 'invalid_parameter',
    });
    await server.app.close();
    expect((await get('/v1/profiles/phone:13900001111/explain?trigger=unknown')).statusCode).toBe(404);
  });
});
