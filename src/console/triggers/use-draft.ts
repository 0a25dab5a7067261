import { useState } from 'preact/hooks';
import { unsaved, useUnsaved } from '../leaving.ts';
import { may } from '../session.ts';
import { type Draft, draftOf, type Fields, withSwitch } from './draft.ts';

export interface EditedDraft {
  readonly draft: Draft;
  readonly change: (draft: Draft) => void;
  /** It is in force as it stands. */
  readonly keep: () => void;
  /** Another text that can be had again at any time, such as an earlier version. */
  readonly replace: (definition: Fields) => void;
  /** What is in force was switched. */
  readonly turn: (on: boolean) => void;
}

/** What is typed, beginning with what is in force; leaving asks as long as something would be lost. */
export function useDraft(inForce: Fields): EditedDraft {
  const [draft, change] = useState<Draft>(() => draftOf(inForce));
  const [kept, setKept] = useState(draft);
  useUnsaved(may('define') && draft.text !== kept.text);
  return {
    draft,
    change,
    keep() {
      setKept(draft);
      // Whoever put it in force may be led on at once.
      unsaved.value = false;
    },
    replace(definition) {
      const next = draftOf(definition);
      change(next);
      setKept(next);
    },
    turn(on) {
      change(withSwitch(draft, on));
      setKept(withSwitch(kept, on));
    },
  };
}
