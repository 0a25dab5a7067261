import { describe, expect, it } from 'vitest';
import { TesseraError } from '../../src/errors.ts';
import { compileFeatures } from '../../src/features/compile.ts';
import { expandDefinitions } from '../../src/features/expand.ts';
import { fromTheStart } from '../oracle/definitions.ts';

const views = { name: 'views', on: 'product_viewed', aggregate: 'count' };

function problem(raw: object): string {
  try {
    compileFeatures(fromTheStart(expandDefinitions([raw])), { reportingCurrency: 'CNY' });
  } catch (error) {
    if (error instanceof TesseraError && error.code === 'invalid_definition')
      return `${error.path ?? ''} ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('windows', () => {
  it('name the features of a list, and take along what concerns them', () => {
    const raw = { ...views, windows: ['24h', 'day', 'month', 'session'], zone: 'Asia/Shanghai', idle: '2m' };
    const named = { on: ['product_viewed'], aggregate: 'count' };
    expect(expandDefinitions([raw])).toEqual([
      { ...named, name: 'views_24h', window: '24h' },
      { ...named, name: 'views_day', window: 'day', zone: 'Asia/Shanghai' },
      { ...named, name: 'views_month', window: 'month', zone: 'Asia/Shanghai' },
      { ...named, name: 'views_session', window: 'session', idle: '2m' },
    ]);
  });

  it.each([
    [undefined, 'views_month'],
    [0, 'views_month'],
    [1, 'views_previous_month'],
    [3, 'views_month_3_ago'],
  ])('of earlier units (%s) are named %s', (previous, name) => {
    const [definition] = expandDefinitions([
      { ...views, windows: ['month'], ...(previous === undefined ? {} : { previous }) },
    ]);
    expect(definition?.name).toBe(name);
  });

  it.each<[string, object, string]>([
    ['day with a zone', { window: 'day', zone: 'Europe/Berlin' }, 'none'],
    ['the twelfth month before', { window: 'month', previous: 12 }, 'none'],
    ['the shortest idle time', { window: 'session', idle: '1s' }, 'none'],
    ['the longest idle time', { window: 'session', idle: '4h' }, 'none'],
  ])('accept %s', (_name, window, expected) => {
    expect(problem({ ...views, ...window })).toBe(expected);
  });

  it.each<[string, object, string]>([
    [
      'an unknown zone',
      { window: 'day', zone: 'Mars/Olympus' },
      '/zone feature "views" at /zone: "Mars/Olympus"',
    ],
    ['a zone that is no text', { window: 'day', zone: 8 }, '/zone feature "views" at /zone: must be'],
    [
      'a zone of a sliding window',
      { window: '24h', zone: 'UTC' },
      '/zone feature "views" at /zone: belongs to',
    ],
    ['a zone of none of the windows', { windows: ['24h', 'session'], zone: 'UTC' }, '/zone feature "views"'],
    ['idle without a session', { window: 'day', idle: '30m' }, '/idle feature "views" at /idle: belongs to'],
    ['idle of none of the windows', { windows: ['1h', 'day'], idle: '30m' }, '/idle feature "views"'],
    [
      'idle that is no duration',
      { window: 'session', idle: 'long' },
      '/idle feature "views" at /idle: "long"',
    ],
    ['idle that is no text', { window: 'session', idle: 30 }, '/idle feature "views" at /idle: must be'],
    ['too long an idle time', { window: 'session', idle: '241m' }, '/idle feature "views" at /idle: "241m"'],
    [
      'previous without a calendar',
      { window: '24h', previous: 1 },
      '/previous feature "views" at /previous: bel',
    ],
    [
      'previous of a session',
      { window: 'session', previous: 1 },
      '/previous feature "views" at /previous: bel',
    ],
    [
      'previous of a list',
      { windows: ['24h', 'day'], previous: 1 },
      '/previous feature "views_previous_24h"',
    ],
    [
      'half a unit',
      { window: 'day', previous: 0.5 },
      '/previous feature "views" at /previous: must be a whole',
    ],
    [
      'too many units',
      { window: 'day', previous: 13 },
      '/previous feature "views" at /previous: must be a whole',
    ],
    [
      'a unit to come',
      { window: 'day', previous: -1 },
      '/previous feature "views" at /previous: must be a whole',
    ],
    [
      'a number as text',
      { window: 'day', previous: '1' },
      '/previous feature "views" at /previous: must be a number',
    ],
    ['an unknown unit', { window: 'year' }, '/window'],
    ['too long a window', { window: '731d' }, '/window'],
  ])('refuse %s with the place and the reason', (_name, window, said) => {
    expect(problem({ ...views, ...window })).toContain(said);
  });
});
