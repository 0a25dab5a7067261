import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** More stops than any page has. */
const STOPS_MAX = 200;

/** What the focus is on, as a screen reader would name it. */
const FOCUSED = `(() => {
  const at = document.activeElement;
  if (at === null || at === document.body) return '';
  const label = at.labels?.[0]?.textContent ?? at.getAttribute('aria-label');
  return (label ?? at.textContent ?? '').trim();
})()`;

/** Goes from control to control until one of this name has the focus; fails where none is reached. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let stop = 0; stop < STOPS_MAX; stop++) {
    await page.keyboard.press('Tab');
    const focused = String(await page.evaluate(FOCUSED));
    if (focused.startsWith(name)) return;
    passed.push(focused.slice(0, 30));
  }
  expect(passed, `no way to ${name} by keyboard`).toContain(name);
}
