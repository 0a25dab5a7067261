import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../words/words.ts';

interface ConfirmButtonProps {
  readonly label: string;
  /** What stands on the button that does it. */
  readonly question: string;
  readonly act: () => void;
  readonly disabled?: boolean;
}

/** Something that one click shall not do: the second one does. */
export function ConfirmButton({ label, question, act, disabled = false }: ConfirmButtonProps) {
  const [asking, setAsking] = useState(false);
  const doing = useRef<HTMLButtonElement>(null);
  // The button that had the focus is gone.
  useEffect(() => {
    if (asking) doing.current?.focus();
  }, [asking]);
  if (!asking) {
    return (
      <button type="button" class="danger" disabled={disabled} onClick={() => setAsking(true)}>
        {label}
      </button>
    );
  }
  return (
    <>
      <button
        type="button"
        ref={doing}
        class="danger"
        onClick={() => {
          setAsking(false);
          act();
        }}
      >
        {question}
      </button>
      <button type="button" onClick={() => setAsking(false)}>
        {words.value.cancel}
      </button>
    </>
  );
}
