import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { words } from '../words/words.ts';
import { orData } from './data.tsx';

interface DialogProps {
  readonly title: string;
  /** It was closed, by its button or by Escape. */
  readonly closed: () => void;
  readonly children: ComponentChildren;
}

/** What is asked before something is done. The rest of the page waits, and the focus goes back to where it was. */
export function Dialog({ title, closed, children }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={closed}>
      <div class="row spread">
        <h2 id={id}>{orData(title)}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          {words.value.close}
        </button>
      </div>
      {children}
    </dialog>
  );
}
