import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerConsent } from '../../src/cli/consent.ts';
import { consentOf } from '../../src/cli/consent-words.ts';
import { limits } from '../../src/limits.ts';
import { createTemporaryDirectory, type TemporaryDirectory } from '../adapters/temporary-directory.ts';
import { type Answer, runAgainst } from './answering-engine.ts';

const ID = '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e';
const word = { since: 0, source: 'w\u001beb', event_id: 'e-1', stated: false };
const standing = {
  profile_id: ID,
  consents: [{ ...word, name: 'marketing.sms', given: true, text_version: '2026-09' }],
  notices: [{ ...word, notice: 'privacy', version: 3, stated: true }],
  withheld: { dependents: 'no_consent' },
};

const run = (args: readonly string[], ...answers: readonly Answer[]) =>
  runAgainst(answers, registerConsent, ['consent', ...args]);

describe('tessera consent', () => {
  it('shows what holds, what is not used, and what was said before', async () => {
    const said = {
      kind: 'consent',
      name: 'marketing.sms',
      given: false,
      time: 0,
      author: 'desk',
      reason: '',
    };
    const told = { kind: 'notice', name: 'privacy', version: 2, time: 0, author: '', reason: '' };
    const ran = await run(['show', 'phone:1', '--limit', '7'], [200, { ...standing, history: [said, told] }]);
    expect(ran.asked).toEqual(['GET /v1/profiles/phone%3A1/consents?limit=7']);
    const lines = ran.out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '));
    expect(lines).toEqual([
      ID,
      '',
      'consent | given | since | source | text | proved',
      'marketing.sms | yes | 1970-01-01T00:00:00.000Z | w?eb | 2026-09 | yes',
      '',
      'told of | version | since | source | proved',
      'privacy | 3 | 1970-01-01T00:00:00.000Z | w?eb | no',
      '',
      'not used | why',
      'dependents | no_consent',
      '',
      'said at | what | word | source | method | text | author | reason',
      '1970-01-01T00:00:00.000Z | marketing.sms | no | desk',
      '1970-01-01T00:00:00.000Z | told of privacy | 2',
      '',
    ]);
    const nothing = { profile_id: ID, consents: [], notices: [], withheld: {}, history: [] };
    const silent = await run(['show', ID], [200, nothing]);
    expect(silent.out).toBe(`${ID}\n\nhas agreed to nothing, and refused nothing\n`);
  });

  it('prints the receipt as it is', async () => {
    const ran = await run(['receipt', ID], [200, { receipt_id: 'r-1' }]);
    expect(ran.asked).toEqual([`GET /v1/profiles/${ID}/consents/receipt`]);
    expect(JSON.parse(ran.out)).toEqual({ receipt_id: 'r-1' });
  });

  it('grants, withdraws, and notes what somebody was told', async () => {
    const flags = ['--text-version', '2026-09', '--method', 'form', '--reason', 'a b'];
    const bodyOf = async (...args: string[]) => (await run(args, [200, standing])).requests[0];
    const put = (consent: object, more = {}) =>
      `PUT /v1/profiles/phone%3A1/consents ${JSON.stringify({ consent, ...more })}`;
    expect(
      await bodyOf('grant', 'phone:1', 'personalization', 'marketing.sms', 'marketing.email', ...flags),
    ).toBe(
      put(
        {
          personalization: true,
          marketing: { sms: true, email: true },
          text_version: '2026-09',
          method: 'form',
        },
        { reason: 'a b' },
      ),
    );
    expect(await bodyOf('withdraw', 'phone:1', 'marketing.sms')).toBe(put({ marketing: { sms: false } }));
    expect(await bodyOf('told', 'phone:1', 'privacy:3', 'terms:1')).toBe(
      put({ notices: { privacy: 3, terms: 1 } }),
    );
    expect((await run(['told', 'phone:1', 'privacy'])).code).toBe(1);
    const ran = await run(['grant', 'phone:1', 'marketing', 'marketing.sms']);
    expect([ran.code, ran.asked]).toEqual([1, []]);
    expect(ran.err).toContain('invalid_parameter');
  });

  it('asks page by page whom to tell, as many as are wanted', async () => {
    const person = (id: string) => ({
      profile_id: id,
      due: [{ notice: 'privacy', version: 3, told: null, fields: ['height', 'weight'] }],
    });
    const ran = await run(
      ['due', '--notice', 'privacy', '--limit', '3'],
      [200, { people: [person('a')], next: 'a' }],
      [200, { people: [], next: 'm' }],
      [200, { people: [person('x'), person('y')], next: 'y' }],
    );
    expect(ran.asked).toEqual([
      'GET /v1/privacy/notices/due?limit=3&notice=privacy',
      'GET /v1/privacy/notices/due?limit=2&notice=privacy&after=a',
      'GET /v1/privacy/notices/due?limit=2&notice=privacy&after=m',
    ]);
    expect(ran.out).toMatch(/^x +privacy +3 +nothing +height, weight$/m);
    expect(ran.out).toContain('--after y');
    expect((await run(['due'], [200, { people: [] }])).out).toBe('nobody has to be told of anything\n');
    expect((await run(['due', '--limit', 'all'])).code).toBe(1);
  });
});

describe('tessera consent import', () => {
  let directory: TemporaryDirectory;
  beforeEach(() => {
    directory = createTemporaryDirectory();
  });
  afterEach(() => directory.remove());

  const bring = (text: string, ...answers: readonly Answer[]) => {
    const file = join(directory.path, 'consents.csv');
    writeFileSync(file, text);
    return run(['import', file], ...answers);
  };

  it('enters a line for each person, and leaves out who says nothing', async () => {
    const ran = await bring(
      'profile,marketing.sms,marketing.email,sharing,notices.privacy,text_version,method,reason\n' +
        'phone:1,true,false,,3,2026-09,form,moved\n' +
        'phone:2,,,,,2026-09,,\n' +
        'phone:3,,,false,,,,\n',
      [200, {}],
      [200, {}],
    );
    expect([ran.code, ran.out, ran.err]).toEqual([0, '2 entered\n', '']);
    expect([...ran.requests].sort()).toEqual([
      `PUT /v1/profiles/phone%3A1/consents ${JSON.stringify({
        consent: {
          marketing: { sms: true, email: false },
          notices: { privacy: 3 },
          text_version: '2026-09',
          method: 'form',
        },
        reason: 'moved',
      })}`,
      'PUT /v1/profiles/phone%3A3/consents {"consent":{"sharing":false}}',
    ]);
  });

  it('names the line that is refused, and goes on', async () => {
    const count = limits.consentLinesInFlight + 1;
    const lines = Array.from({ length: count }, (_, n) => `phone:${n},true\n`);
    const unknown: Answer = [404, { code: 'profile_not_found', detail: 'No profile.' }];
    const answers = [...Array.from({ length: count - 1 }, (): Answer => [200, {}]), unknown];
    const ran = await bring(`profile,sharing\n${lines.join('')}`, ...answers);
    expect([ran.code, ran.out]).toEqual([1, `${count - 1} entered\n`]);
    expect(ran.err).toBe(`consent: line ${count + 1}: No profile. (profile_not_found)\n`);
  });

  it('ends where no line would fare better', async () => {
    const forbidden: Answer = [403, { code: 'forbidden', detail: 'No.' }];
    const lines = Array.from({ length: limits.consentLinesInFlight * 2 }, (_, n) => `phone:${n},true\n`);
    const ran = await bring(
      `profile,sharing\n${lines.join('')}`,
      ...Array.from(lines, (): Answer => forbidden),
    );
    expect(ran.code).toBe(1);
    expect(ran.asked.length).toBeLessThanOrEqual(limits.consentLinesInFlight);
    expect(ran.err).toContain('forbidden');
  });

  it.each([
    ['a word that is neither yes nor no', 'profile,sharing\nphone:1,maybe\n', 'Line 2'],
    ['a version that is none', 'profile,notices.privacy\nphone:1,0\n', 'Line 2'],
    ['a person who is in two lines', 'profile,sharing\nphone:1,true\nphone:1,false\n', 'Line 3'],
    [
      'a person who is in two lines, one of which says nothing',
      'profile,sharing\na:1,\na:1,true\n',
      'Line 3',
    ],
    ['a line without a person', 'profile,sharing\n,true\n', 'Line 2'],
    ['a header without a consent', 'profile,method\nphone:1,form\n', 'names no consent'],
    ['a header without a profile', 'sharing\ntrue\n', 'no profile'],
    ['a column that no consent is called', 'profile,a.b.c\nphone:1,true\n', 'a.b.c'],
  ])('refuses %s before anything is sent', async (_what, text, says) => {
    const ran = await bring(text);
    expect([ran.code, ran.asked]).toEqual([1, []]);
    expect(ran.err).toContain(says);
    // Whom a line is about stays out of what may end up in a log.
    expect(ran.err).not.toContain('phone:1');
  });
});

describe('words by name', () => {
  it('become the object that events carry, whatever their order', () => {
    const words = new Map([
      ['marketing.sms', true],
      ['sharing', false],
      ['marketing.email', false],
    ] as const);
    expect(consentOf(words)).toEqual({ marketing: { sms: true, email: false }, sharing: false });
    expect(consentOf(new Map([...words].reverse()))).toEqual(consentOf(words));
  });

  it.each([
    ['marketing.sms', 'marketing'],
    ['marketing', 'marketing.sms'],
  ])('are refused where %s and %s contradict each other', (...names) => {
    expect(() => consentOf(new Map(names.map((name) => [name, true])))).toThrow('as a whole and by channel');
  });
});
