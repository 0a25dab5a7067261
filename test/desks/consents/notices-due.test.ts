import fc from 'fast-check';
import { expect, it } from 'vitest';
import { completePrivacy } from '../../../src/definitions/complete-privacy.ts';
import { noticesDue } from '../../../src/desks/consents/notices-due.ts';
import { limits } from '../../../src/limits.ts';
import { compilePrivacy } from '../../../src/model/compile-privacy.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { keys } from '../../../src/model/keys.ts';
import { emptyFacet, emptyHeader } from '../../../src/profile/facets.ts';

const privacy = compilePrivacy(
  completePrivacy({
    notices: { privacy: { version: 2 }, terms: { version: 1 } },
    fields: {
      height: { purpose: 'personalization', notice: { name: 'privacy', version: 2 } },
      dependents: { purpose: 'personalization', notice: { name: 'terms', version: 1 } },
    },
  }),
);

/** Somebody with these fields, who was told of this version of the text on privacy. */
interface Person {
  readonly fields: readonly ('height' | 'dependents')[];
  readonly told: number;
}

/** State in the memory of this process, which answers at once; counts how many people were looked at. */
function stateOf(people: readonly Person[]) {
  const held = new Map<string, object>();
  const register = { time: 0, tie: 'web\0e', rank: 0 };
  for (const [n, { fields, told }] of people.entries()) {
    const id = `p${String(n).padStart(5, '0')}`;
    held.set(keys.header(id), { ...emptyHeader(id, 0, 'person'), facets: ['f'] });
    const facet = emptyFacet('f');
    for (const field of fields) facet.traits.set(field, { ...register, value: 1 });
    if (told > 0) facet.consents.set('notices.privacy', { ...register, value: told });
    held.set(keys.facet(id, 'f'), facet);
  }
  const headers = [...held.keys()].filter((key) => key.startsWith('h/')).sort();
  const seen = { people: 0 };
  const bytes = new Uint8Array();
  return {
    seen,
    options: {
      state: {
        read: (wanted: readonly string[]) => wanted.map((key) => (held.has(key) ? bytes : undefined)),
        scan: (_prefix: string, after: string, max: number) => {
          const page = headers.filter((key) => key > after).slice(0, max);
          seen.people += page.length;
          return page.map((key) => [key, bytes] as const);
        },
      },
      codec: { encode: () => bytes, decode: (key: string) => held.get(key) ?? {} },
      definitions: { privacy },
    },
  };
}

type Due = readonly { readonly profile_id: string; readonly due: readonly JsonObject[] }[];

it('are all people who were not told, page after page, each once, whatever the pages are', async () => {
  const person = fc.record({
    fields: fc.uniqueArray(fc.constantFrom('height' as const, 'dependents' as const)),
    told: fc.integer({ min: 0, max: 3 }),
  });
  const some = fc.array(person, { maxLength: 3 * limits.noticesProfilesInTurn });
  const notices = fc.constantFrom(undefined, 'privacy', 'terms');
  await fc.assert(
    fc.asyncProperty(some, fc.integer({ min: 1, max: 50 }), notices, async (people, limit, notice) => {
      const { options } = stateOf(people);
      const found: [string, string][] = [];
      for (let after: unknown = ''; after !== undefined; ) {
        const answer = await noticesDue({ notice, after: String(after), limit }, options);
        // As the API answers it.
        const page = answer.people as unknown as Due;
        expect(page.length).toBeLessThanOrEqual(limit);
        for (const { profile_id: id, due } of page)
          for (const each of due) found.push([id, String(each.notice)]);
        after = answer.next;
      }
      const naive = people.flatMap(({ fields, told }, n): [string, string][] => {
        const id = `p${String(n).padStart(5, '0')}`;
        const due: [string, string][] = [];
        if (fields.includes('height') && told < 2) due.push([id, 'privacy']);
        if (fields.includes('dependents')) due.push([id, 'terms']);
        return due.filter(([, name]) => notice === undefined || name === notice);
      });
      expect(found).toEqual(naive);
    }),
    { numRuns: 60 },
  );
});

it('look at so many people at most in one call, and let others have their turn meanwhile', async () => {
  const nobodyDue = Array.from({ length: limits.noticesLookedAtMax + 100 }, () => ({ fields: [], told: 2 }));
  const { options, seen } = stateOf(nobodyDue);
  let [turns, running] = [0, true];
  const count = (): void => {
    turns += 1;
    if (running) setImmediate(count);
  };
  setImmediate(count);
  const answer = await noticesDue({ notice: undefined, after: '', limit: 10 }, options);
  running = false;
  expect(answer).toMatchObject({ people: [], next: expect.any(String) });
  expect(seen.people).toBe(limits.noticesLookedAtMax);
  expect(turns).toBeGreaterThanOrEqual(limits.noticesLookedAtMax / limits.noticesProfilesInTurn - 1);
});
