import { signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';

/** Whether the page holds something that would be lost. */
export const unsaved = signal(false);
/** What somebody was about to do that would lose it: they are asked. */
export const leaving = signal<(() => void) | undefined>(undefined);

/** Does it, at once where nothing is lost, and once somebody has said so otherwise. */
export function leave(act: () => void): void {
  if (unsaved.value) leaving.value = act;
  else act();
}

export function leaveAnyway(): void {
  const act = leaving.value;
  leaving.value = undefined;
  unsaved.value = false;
  act?.();
}

/** From now on leaving asks first, as long as something has changed: inside the page by itself, and for the tab by the browser. */
export function useUnsaved(changed: boolean): void {
  useLayoutEffect(() => {
    if (!changed) return;
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    unsaved.value = true;
    addEventListener('beforeunload', ask);
    return () => {
      unsaved.value = false;
      removeEventListener('beforeunload', ask);
    };
  }, [changed]);
}
