import { trackerLimits } from './tracker-limits.ts';

export interface SightingOptions {
  /** Elements with the same key are one: the second is not reported until `forget`. */
  readonly keyOf: (element: HTMLElement) => string;
  readonly seen: (element: HTMLElement) => void;
}

export interface Sightings {
  forget(): void;
}

/** Which elements with the attribute were really seen: half of one, or half a window full of it, for a second without a break. */
export function createSightings(attribute: string, { keyOf, seen }: SightingOptions): Sightings {
  const timers = new Map<Element, ReturnType<typeof setTimeout>>();
  const reported = new Set<string>();
  const stopTimer = (element: Element): void => {
    clearTimeout(timers.get(element));
    timers.delete(element);
  };
  const saw = (element: HTMLElement): void => {
    timers.delete(element);
    const key = keyOf(element);
    // An element may have lost its tag, or its place, while it was looked at.
    if (reported.has(key) || !element.isConnected || !element.hasAttribute(attribute)) return;
    if (reported.size >= trackerLimits.seenProductsMax) return;
    reported.add(key);
    seen(element);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const { target } = entry;
        if (!(target instanceof HTMLElement)) continue;
        if (!isVisible(entry)) stopTimer(target);
        else if (!timers.has(target))
          timers.set(
            target,
            setTimeout(() => saw(target), trackerLimits.visibleMs),
          );
      }
    },
    { threshold: [0, 0.1, 0.25, trackerLimits.visibleShare, 0.75] },
  );
  /** An observer tells of what it observes anew, so its second begins again. */
  const lookAgain = (element: Element): void => {
    stopTimer(element);
    observer.unobserve(element);
    observer.observe(element);
  };
  const all = (root: ParentNode): Iterable<Element> => root.querySelectorAll(`[${attribute}]`);
  const lookAtAllAgain = (): void => {
    for (const element of all(document)) lookAgain(element);
  };
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === 'attributes') lookAgain(target as Element); // Only elements have attributes.
      for (const node of addedNodes) {
        if (!(node instanceof Element)) continue;
        if (node.hasAttribute(attribute)) observer.observe(node);
        for (const element of all(node)) observer.observe(element);
      }
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: [attribute] });
  // Nobody looks at a page in the background, and it tells nothing when it comes to the front.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') for (const element of [...timers.keys()]) stopTimer(element);
    else lookAtAllAgain();
  });
  lookAtAllAgain();
  return {
    forget() {
      reported.clear();
      lookAtAllAgain();
    },
  };
}

function isVisible({
  isIntersecting,
  intersectionRatio,
  intersectionRect,
}: IntersectionObserverEntry): boolean {
  const { visibleShare } = trackerLimits;
  const much = intersectionRatio >= visibleShare || intersectionRect.height >= innerHeight * visibleShare;
  return isIntersecting && much;
}
