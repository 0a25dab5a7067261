import type { Settings } from './settings.ts';
import { trackerLimits } from './tracker-limits.ts';

/** Calls `viewed` for the page and for every page that a single-page application shows after it. */
export function watchPages(mode: Settings['pages'], viewed: () => void): void {
  if (mode === 'off') return;
  viewed();
  // The page is shown again out of the browser's memory.
  addEventListener('pageshow', (event) => {
    if (event.persisted) viewed();
  });
  if (mode === 'load') return;
  const place = (): string => location.pathname + location.search + (mode === 'hash' ? location.hash : '');
  let shown = place();
  const look = (): void => {
    if (place() === shown) return;
    shown = place();
    setTimeout(viewed, trackerLimits.titleMs);
  };
  addEventListener('popstate', look);
  addEventListener('hashchange', look);
  for (const name of ['pushState', 'replaceState'] as const) {
    const original = history[name];
    history[name] = function (this: History, ...args) {
      original.apply(this, args);
      look();
    };
  }
}
