import { limits } from '../limits.ts';
import { identityRow } from '../model/history-rows.ts';
import type { Review, ReviewIndex } from '../model/identity.ts';
import { keys } from '../model/keys.ts';
import type { StateView } from '../model/view.ts';
import type { Scope } from './people.ts';

/**
 * The review queue: numbered densely, bounded. When it is full the oldest makes room, decided or not; an open one that
 * goes is recorded as expired. One that is older than `reviewAgeMs` counts as expired wherever it is read.
 */
export function reviewNeeds(view: StateView): string[] {
  if (!view.has(keys.reviews)) return [keys.reviews];
  const index = view.get<ReviewIndex>(keys.reviews);
  const oldest = index === undefined ? undefined : keys.review(index.first);
  return oldest === undefined || view.has(oldest) ? [] : [oldest];
}

export function openReview(review: Omit<Review, 'n' | 'at' | 'status'>, { context }: Scope): void {
  const { view, now } = context;
  const index = view.get<ReviewIndex>(keys.reviews) ?? { first: 1, last: 0, open: 0 };
  if (index.last - index.first + 1 >= limits.reviewsMax) dropOldest(index, { context });
  index.last++;
  index.open++;
  view.put(keys.reviews, index);
  view.put(keys.review(index.last), { ...review, n: index.last, at: now, status: 'open' } satisfies Review);
  const [profileId, otherProfileId] = review.people;
  context.history(
    identityRow({
      change: 'review_opened',
      profileId,
      otherProfileId,
      identifier: review.identifiers[0],
      rule: review.kind,
      reason: review.reason,
      source: review.source,
      eventId: review.event,
      at: now,
      cause: context.cause(),
    }),
  );
}

function dropOldest(index: ReviewIndex, { context }: Pick<Scope, 'context'>): void {
  const key = keys.review(index.first);
  const oldest = context.view.get<Review>(key);
  index.first++;
  if (oldest === undefined) return;
  context.view.remove(key);
  if (oldest.status !== 'open') return;
  index.open--;
  const [profileId, otherProfileId] = oldest.people;
  const row = { change: 'review_expired', profileId, otherProfileId, rule: oldest.kind } as const;
  context.history(identityRow({ ...row, reason: 'queue_full', at: context.now, cause: context.cause() }));
}

/** Is the review still waiting for somebody? */
export function isOpen(review: Pick<Review, 'status' | 'at'>, now: number): boolean {
  return review.status === 'open' && now - review.at <= limits.reviewAgeMs;
}
