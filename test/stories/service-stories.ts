import type { JsonObject } from '../../src/model/json.ts';
import { BEGIN, days, does, doesIn, minutes, type Story } from './story.ts';

const dress = { item_id: 's-dress', category: 'women/plus-size/dresses', price: 399 };
const looks = (who: string, ...at: readonly number[]) =>
  at.map((minute) => does(who, minutes(minute), 'product_viewed', dress));
const ticket = (
  [who, minute, type]: readonly [who: string, minute: number, type: string],
  properties: JsonObject = {},
) => doesIn('call_center', [who, minutes(minute), type], { ticket_id: `t-${who}`, ...properties });
const due = (minute: number): JsonObject => ({ due_at: new Date(BEGIN + minutes(minute)).toISOString() });
const kettle = { complaint: true, item_id: 'kettle', theme: 'quality' };

export const serviceStories: readonly Story[] = [
  {
    name: 'complaint or low satisfaction: the service desk is told, and marketing pauses until it is settled',
    people: {
      complains: {},
      'rates-badly': {},
      'asks-a-question': {},
      'answers-badly': {},
      'answers-well': {},
      'waits-for-long': {},
      'is-let-down-again': {},
    },
    steps: [
      ticket(['complains', 10, 'ticket_opened'], { complaint: true, theme: 'delivery' }),
      ...looks('complains', 15, 20, 25),
      ticket(['complains', 31, 'ticket_closed'], { satisfaction: 5 }),
      ...looks('complains', 45, 61, 62),
      ticket(['rates-badly', 5, 'ticket_opened']),
      ticket(['rates-badly', 10, 'ticket_closed'], { satisfaction: 1 }),
      ...looks('rates-badly', 15, 20, 25),
      ticket(['asks-a-question', 5, 'ticket_opened']),
      ticket(['asks-a-question', 10, 'ticket_closed'], { satisfaction: 4 }),
      ...looks('asks-a-question', 15, 20, 25),
      does('answers-badly', minutes(10), 'survey_answered', { survey_id: 'visit', score: 1 }),
      ...looks('answers-badly', 15, 20, 25),
      does('answers-well', minutes(10), 'survey_answered', { survey_id: 'visit', score: 8 }),
      ...looks('answers-well', 15, 20, 25),
      ticket(['waits-for-long', -days(100) / minutes(1), 'ticket_opened'], { complaint: true }),
      ...looks('waits-for-long', 15, 20, 25),
      ticket(['is-let-down-again', 5, 'ticket_opened'], { complaint: true }),
      ticket(['is-let-down-again', 10, 'ticket_closed'], { satisfaction: 4 }),
      ticket(['is-let-down-again', 15, 'ticket_opened'], { complaint: true }),
      ...looks('is-let-down-again', 20, 25, 31),
    ],
    told: {
      complains: ['complaint_alert fired', 'plus_size_hesitation paused', 'plus_size_hesitation fired'],
      'rates-badly': ['complaint_alert fired', 'plus_size_hesitation paused'],
      'asks-a-question': ['plus_size_hesitation fired'],
      'answers-badly': ['complaint_alert fired', 'plus_size_hesitation paused'],
      'answers-well': ['plus_size_hesitation fired'],
      'waits-for-long': ['plus_size_hesitation paused'],
      'is-let-down-again': ['complaint_alert fired', 'complaint_alert fired', 'plus_size_hesitation paused'],
    },
    payloads: {
      'complains complaint_alert': {
        data: { ticket: 't-complains', theme: 'delivery', complaints: 1 },
        message: { body: 'Case t-complains about delivery: 1 complaint in a year. Marketing is paused.' },
      },
      'answers-badly complaint_alert': {
        data: { survey: 'visit', score: 1 },
        message: {
          body: 'Survey visit, answered with 1: 0 complaints in a year. Marketing is paused.',
        },
      },
    },
  },
  {
    name: 'ticket past its deadline: to service, by the newest promise, unless the case is closed',
    people: {
      'waits-in-vain': {},
      'is-helped': {},
      'gets-a-new-promise': {},
      'new-promise-broken': {},
      'gets-a-note-afterwards': {},
      'was-promised-nothing': {},
    },
    steps: [
      ...[
        ...['waits-in-vain', 'is-helped', 'gets-a-new-promise', 'new-promise-broken'],
        'gets-a-note-afterwards',
      ].map((who) => ticket([who, 0, 'ticket_opened'], { ...due(30), agent_id: 'li' })),
      ticket(['was-promised-nothing', 0, 'ticket_opened']),
      ticket(['is-helped', 20, 'ticket_closed']),
      ticket(['gets-a-note-afterwards', 20, 'ticket_closed']),
      ticket(['gets-a-note-afterwards', 25, 'ticket_updated'], { ...due(30), status: 'closed' }),
      ticket(['gets-a-new-promise', 20, 'ticket_updated'], due(60)),
      ticket(['new-promise-broken', 20, 'ticket_updated'], due(40)),
      ticket(['gets-a-new-promise', 45, 'ticket_closed']),
    ],
    told: {
      'waits-in-vain': ['ticket_overdue fired'],
      'is-helped': [],
      'gets-a-new-promise': [],
      'new-promise-broken': ['ticket_overdue fired'],
      'gets-a-note-afterwards': [],
      'was-promised-nothing': [],
    },
    payloads: {
      'waits-in-vain ticket_overdue': {
        data: { ticket: 't-waits-in-vain', agent: 'li', ...due(30) },
        message: { body: 'Case t-waits-in-vain was to be closed by 2026-11-23T01:30:00.000Z.' },
      },
    },
  },
  {
    name: 'issue resolved: everybody who complained about that product hears of it',
    people: {
      'complained-of-kettle': { consent: {} },
      'complained-too': {},
      'complained-of-pan': {},
      'asked-about-kettle': {},
      'complained-of-its-delivery': {},
      'complains-afterwards': {},
    },
    steps: [
      ticket(['complained-of-kettle', 5, 'ticket_opened'], kettle),
      ticket(['complained-too', 10, 'ticket_opened'], kettle),
      ticket(['complained-of-pan', 5, 'ticket_opened'], { ...kettle, item_id: 'pan' }),
      ticket(['complained-of-its-delivery', 5, 'ticket_opened'], { ...kettle, theme: 'delivery' }),
      ticket(['asked-about-kettle', 5, 'ticket_opened'], { item_id: 'kettle' }),
      does('', minutes(20), 'issue_resolved', { issue_id: 'leak', item_id: 'kettle', theme: 'quality' }),
      ticket(['complains-afterwards', 25, 'ticket_opened'], kettle),
    ],
    told: {
      'complained-of-kettle': ['complaint_alert fired', 'issue_resolved fired'],
      'complained-too': ['complaint_alert fired', 'issue_resolved fired'],
      'complained-of-pan': ['complaint_alert fired'],
      'complained-of-its-delivery': ['complaint_alert fired'],
      'asked-about-kettle': [],
      'complains-afterwards': ['complaint_alert fired'],
    },
  },
];
