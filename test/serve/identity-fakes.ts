import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { TesseraError } from '../../src/errors.ts';
import { JobRegistry } from '../../src/jobs/jobs.ts';
import type { Outcome } from '../../src/model/effect.ts';
import type { IdentityPolicy } from '../../src/model/identity-policy.ts';
import type { IdentityCommand } from '../../src/model/record.ts';
import type {
  IdentityView,
  ReadOptions,
  ReadServices,
  ReviewRequest,
  ReviewView,
} from '../../src/serve/services.ts';
import type { SimulationRange } from '../../src/serve/simulation-service.ts';

/** The services of identity by hand: they answer what a test expects and remember what routes asked of them. */
export interface FakeIdentity
  extends Pick<ReadServices, 'identity' | 'findIdentifier' | 'commands' | 'simulation'> {
  readonly jobs: JobRegistry;
  readonly commanded: { readonly author: string; readonly command: IdentityCommand }[];
  readonly reviewRequests: ReviewRequest[];
  readonly simulated: { readonly policy: IdentityPolicy; readonly range: SimulationRange }[];
  /** What the next command comes to. */
  outcome: Outcome;
  /** Lets the simulation that waits go on. */
  finishSimulation: (result: 'done' | TesseraError) => void;
}

export const AT = 1_795_255_200_123;

export function applied(detail: Outcome['detail'] = {}): Outcome {
  return { status: 'applied', profileId: '', firings: [], detail };
}

export function graph(profileId: string, { reveal }: ReadOptions): IdentityView {
  const phone = { type: 'phone', value: reveal ? '+8613900001111' : '139****1111' };
  return {
    profile_id: profileId,
    identifiers: [
      {
        identifier: 'phone:h-phone',
        ...phone,
        verified: true,
        valid_from: AT,
        alias: false,
        shared: false,
        blocked: false,
        evidence: [
          { with: 'member_id:h-member', rule: 'verified', source: 'pos', event_id: 'e-1', at: AT },
          { with: 'device_id:h-gone', rule: 'weak', source: 'web', event_id: 'e-2', at: AT },
        ],
        past: [{ profile_id: 'p-old', valid_from: 1, valid_to: 2, reason: 'recycled' }],
      },
      {
        identifier: 'member_id:h-member',
        type: 'member_id',
        value: null,
        verified: false,
        valid_from: AT,
        alias: true,
        shared: false,
        blocked: false,
        evidence: [{ with: 'phone:h-phone', rule: 'command', source: 'operator', event_id: '', at: AT }],
        past: [],
      },
    ],
    facets: [
      { facet_id: 'f-1', identifiers: ['phone:h-phone'], closed: false, events: 5 },
      { facet_id: 'f-2~0', identifiers: ['phone:h-phone'], closed: true },
    ],
    merged: ['p-2', 'p-3'],
    apart: ['p-4'],
    shared_with_others: [{ identifier: 'device_id:h-tablet', type: 'device_id', value: 't***' }],
    split_limited: true,
  };
}

export function review(n: number): ReviewView {
  return {
    n,
    kind: 'duplicate',
    status: 'open',
    identifiers: [
      { identifier: 'member_id:h-1', type: 'member_id', value: 'M***' },
      { identifier: 'member_id:h-2', type: 'member_id', value: 'N***' },
    ],
    people: ['p-1', 'p-2'],
    reason: 'one \u001b[31mphone',
    source: 'pos',
    event_id: 'e-1',
    at: AT,
    age_ms: 3 * 86_400_000,
    expires_at: AT + 1,
  };
}

/** `known` is the profile that exists. */
export function fakeIdentity(known: string): FakeIdentity {
  const fake: FakeIdentity = {
    commanded: [],
    reviewRequests: [],
    simulated: [],
    outcome: applied(),
    finishSimulation: () => undefined,
    jobs: new JobRegistry({ clock: createManualClock(AT), onError: () => undefined }),
    findIdentifier(type, value) {
      if (type === 'nickname') return { code: 'unknown_identifier_type', message: 'There is no such type.' };
      return value === 'bad'
        ? { code: 'invalid_identifier', message: `The value is not a valid ${type}.` }
        : { type, hash: `h-${value}` };
    },
    identity: {
      byId: async (id, options) => (id === known ? graph(id, options) : undefined),
      byIdentifier: async (_type, value, options) =>
        value.startsWith('1390000') ? graph(known, options) : undefined,
      reviews: async (request) => {
        fake.reviewRequests.push(request);
        return { reviews: [review(7)], open: 3, next: 7 };
      },
      review: async (n) => (n === 7 ? review(7) : undefined),
      show: async (identifiers) =>
        identifiers.map((identifier) => ({ identifier, type: identifier.split(':')[0] ?? '', value: null })),
    },
    commands: {
      run: async (author, command) => {
        fake.commanded.push({ author, command });
        return fake.outcome;
      },
    },
    simulation: {
      readPolicy(definition) {
        const text = typeof definition === 'string' ? definition : String(definition.name);
        if (text.includes('broken'))
          throw new TesseraError('invalid_definition', 'identity policy, /types: no');
        // Routes hand the policy on and never look into it.
        return { name: text } as IdentityPolicy;
      },
      async simulate(policy, { range, report, signal }) {
        fake.simulated.push({ policy, range });
        report({ done: 1, total: 4, note: 'reading' });
        return await new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new TesseraError('stopping')));
          fake.finishSimulation = (result) =>
            result === 'done'
              ? resolve({ merges: 2, largest: [{ profile_id: 'p', identifiers: 9 }] })
              : reject(result);
        });
      },
    },
  };
  return fake;
}
