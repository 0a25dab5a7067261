import { useState } from 'preact/hooks';
import { TesseraApiError } from '../../sdk/client/client.ts';
import { codeText } from '../parts/error-text.ts';
import { signIn } from '../session.ts';
import { words } from '../words/words.ts';

export function SignIn() {
  const { title, key, hint, keep, submit, notKept } = words.value.signIn;
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const send = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    try {
      await signIn(String(form.get('key')).trim(), form.get('keep') !== null);
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  return (
    <form class="card sign-in" onSubmit={send}>
      <h1>{title}</h1>
      {problem !== undefined && (
        <p class="notice" role="alert">
          {problem}
        </p>
      )}
      <label>
        {key}
        <input
          name="key"
          type="password"
          required
          autocomplete="off"
          spellcheck={false}
          aria-describedby="key-hint"
        />
      </label>
      <p id="key-hint" class="quiet small">
        {hint} {notKept}
      </p>
      <label class="check">
        <input name="keep" type="checkbox" />
        {keep}
      </label>
      <button type="submit" class="first" disabled={busy}>
        {submit}
      </button>
    </form>
  );
}

function problemOf(error: unknown): string {
  const { signIn: texts, unreachable, failed } = words.value;
  if (!(error instanceof TesseraApiError)) return failed(String(error));
  if (error.status === 401) return texts.wrong;
  if (error.status === 403) return texts.noRead;
  return error.status === 0 ? unreachable : failed(codeText(error.code) ?? error.message);
}
