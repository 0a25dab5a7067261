import { leaveAnyway, leaving } from './leaving.ts';
import { Dialog } from './parts/dialog.tsx';
import { words } from './words/words.ts';

/** Asks before something that nobody has put in force is thrown away. */
export function LeaveDialog() {
  const { title, text, stay, go } = words.value.unsaved;
  const close = (): void => {
    leaving.value = undefined;
  };
  if (leaving.value === undefined) return null;
  return (
    <Dialog title={title} closed={close}>
      <p>{text}</p>
      <div class="row">
        <button type="button" class="first" onClick={close}>
          {stay}
        </button>
        <button type="button" class="danger" onClick={leaveAnyway}>
          {go}
        </button>
      </div>
    </Dialog>
  );
}
