import { afterEach, describe, expect, it } from 'vitest';
import { traceIdOf } from '../../src/serve/tracing.ts';
import { type TestServer, testServer } from './fakes.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const API = Symbol.for('opentelemetry.js.api.1');

describe('trace context', () => {
  it('is read as W3C writes it, and nothing else is taken for it', () => {
    expect(traceIdOf(PARENT)).toBe(TRACE);
    expect(traceIdOf(`cc-${TRACE}-00f067aa0ba902b7-01-more`)).toBe(TRACE);
    const wrong = [
      `ff-${TRACE}-00f067aa0ba902b7-01`,
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-${TRACE}-${'0'.repeat(16)}-01`,
      `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
      `00-${TRACE}-00f067aa0ba902b7-011`,
      'x',
      '',
    ];
    for (const each of wrong) expect(traceIdOf(each), each).toBeUndefined();
    expect(traceIdOf([PARENT, PARENT])).toBeUndefined();
    expect(traceIdOf(undefined)).toBeUndefined();
  });
});

describe('a server', () => {
  let server: TestServer;
  afterEach(async () => {
    Reflect.deleteProperty(globalThis, API);
    await server.app.close();
  });
  const get = (url: string) => server.app.inject({ method: 'GET', url, headers: { traceparent: PARENT } });

  it('names the trace in its lines, without any SDK', async () => {
    server = await testServer();
    server.lines.length = 0;
    await get('/healthz');
    const lines = server.lines.map((line) => JSON.parse(line));
    expect(lines).toContainEqual(expect.objectContaining({ route: '/healthz', trace_id: TRACE }));
    await server.app.inject({ method: 'GET', url: '/readyz' });
    expect(JSON.parse(server.lines.at(-1) ?? '{}')).not.toHaveProperty('trace_id');
  });

  it('makes spans where an SDK is there: below that of who asked, ended, by route and not by address', async () => {
    const story: unknown[] = [];
    class Context {
      readonly values: ReadonlyMap<symbol, unknown>;
      constructor(values: ReadonlyMap<symbol, unknown> = new Map()) {
        this.values = values;
      }
      setValue(key: symbol, value: unknown): Context {
        return new Context(new Map([...this.values, [key, value]]));
      }
    }
    const parentKey = Symbol('parent');
    const span = {
      setAttribute: (name: string, value: unknown) => story.push([name, value]),
      setStatus: (status: object) => story.push(status),
      end: () => story.push('end'),
    };
    Reflect.set(globalThis, API, {
      trace: {
        getTracer: () => ({
          startSpan: (name: string, options: object, context: Context) => {
            story.push([name, context.values.get(parentKey), options]);
            return span;
          },
        }),
      },
      context: {
        active: () => new Context(),
        with: (context: Context, work: () => void) => {
          story.push(['with', [...context.values.values()].includes(span)]);
          work();
        },
      },
      propagation: {
        extract: (
          context: Context,
          headers: object,
          getter: { get(headers: object, name: string): unknown },
        ) => context.setValue(parentKey, getter.get(headers, 'traceparent')),
      },
    });
    server = await testServer();
    await get('/v1/profiles/phone:13900001111');
    const route = '/v1/profiles/:ref';
    const [first] = story as [[string, string, { attributes: Record<string, string> }]];
    expect(first[0]).toMatch(/^GET \/v1\/profiles\/:/);
    expect(first[1]).toBe(PARENT);
    expect(first[2].attributes['http.route']).toMatch(route.slice(0, -3));
    expect(JSON.stringify(story)).not.toContain('13900001111');
    expect(story.slice(1)).toEqual([['with', true], ['http.response.status_code', 401], 'end']);
  });
});
