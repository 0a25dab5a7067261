import type { Definitions } from '../definitions/definitions.ts';
import type { Event } from '../model/event.ts';
import type { Facet, Header } from '../model/profile.ts';
import type { Lesson } from '../model/recommendation.ts';
import { isRestricted } from '../profile/restriction.ts';
import { usableConsent } from '../profile/usable-traits.ts';
import { lessonOf } from '../recommend/lesson.ts';

/** What recommendations may learn from an event that was just applied. Nobody in particular has nothing to agree to. */
export function lessonOfProfile(
  event: Event,
  { header, facets }: { readonly header: Header; readonly facets: () => readonly Facet[] },
  { privacy }: Definitions,
): Lesson {
  return lessonOf(event, () => {
    if (header.kind === 'pseudo') return true;
    const own = facets();
    if (isRestricted(own)) return undefined;
    return usableConsent(own, 'personalization', privacy) === true;
  });
}
