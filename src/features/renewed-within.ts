import type { Operation } from './operation.ts';

/** `renewed` of an operation whose state holds states of `inner`, the only lists in it. */
export function renewedWithin<State extends unknown[]>({
  renewed,
}: Operation): Pick<Operation<State>, 'renewed'> {
  if (renewed === undefined) return {};
  // What is in the lists changes its form, where they lie does not.
  return { renewed: (stored) => stored.map((each) => (Array.isArray(each) ? renewed(each) : each)) as State };
}
