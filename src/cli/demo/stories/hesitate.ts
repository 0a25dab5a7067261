import type { Person } from '../../../generate/world.ts';
import type { Stage } from '../stage.ts';
import { AGREED, isMember, type Story } from '../story.ts';

const PLUS_SIZE = 'women/plus-size';

/**
 * A browser that nobody knows looks at plus-size clothes; then somebody known signs in on it. The browser's past becomes
 * theirs (a merge), and what they look at next is the third look of one person: the trigger fires.
 */
export const hesitate: Story = {
  name: 'hesitate',
  weight: 0.1,
  who: hasAccountOnline,
  async tell(stage, person) {
    await signInLate(stage, person);
  },
};

/** It was her sister's computer: the service desk takes the browser out of her profile again. */
export const borrowComputer: Story = {
  name: 'borrow a computer',
  weight: 0.02,
  who: hasAccountOnline,
  async tell(stage, person) {
    const { anonymous_id } = await signInLate(stage, person);
    await stage.pause(4_000, 8_000);
    const identifier = `anonymous_id:${anonymous_id}`;
    await stage.ask({ method: 'POST', path: '/v1/identity/unmerges', body: { identifier } });
  },
};

function hasAccountOnline(person: Person): boolean {
  return isMember(person) && person.uses.web;
}

interface Cookie {
  readonly anonymous_id: string;
}

async function signInLate(stage: Stage, person: Person): Promise<Cookie> {
  const cookie = { anonymous_id: stage.serial('browser') };
  const account = stage.accountOf(person);
  for (let looks = 0; looks < 2; looks++) {
    await look(stage, cookie);
    await stage.pause(800, 2_500);
  }
  const identifiers = { ...cookie, ...account };
  await stage.report({ type: 'signed_in', channel: 'web', source: 'auth', identifiers, consent: AGREED });
  await stage.pause(600, 1_800);
  await look(stage, { ...cookie, user_id: account.user_id });
  return cookie;
}

async function look(stage: Stage, identifiers: Readonly<Record<string, string>>): Promise<void> {
  const properties = stage.goods.facts(stage.goods.pick(stage.random, PLUS_SIZE));
  await stage.tell({ type: 'product_viewed', channel: 'web', identifiers, properties });
}
