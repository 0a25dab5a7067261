import type { ComponentChildren } from 'preact';
import type { TesseraApiError } from '../../sdk/client/client.ts';
import { words } from '../words/words.ts';
import type { Loading } from './use-load.ts';

interface LoadedViewProps<Value> {
  readonly of: Loading<Value>;
  readonly children: (value: Value) => ComponentChildren;
}

/** What was asked for, or that it is on its way, or why it does not come. */
export function LoadedView<Value>({ of: { loaded, reload }, children }: LoadedViewProps<Value>) {
  if (loaded.state === 'ready') return <>{children(loaded.value)}</>;
  if (loaded.state === 'failed') return <Failure error={loaded.error} retry={reload} />;
  return (
    <p class="quiet" role="status">
      {words.value.loading}…
    </p>
  );
}

export function Failure({ error, retry }: { readonly error: TesseraApiError; readonly retry?: () => void }) {
  const { failed, unreachable, retry: again } = words.value;
  return (
    <div class="notice" role="alert">
      <p>
        {error.status === 0 && error.code === 'unreachable'
          ? unreachable
          : failed(`${error.message} (${error.code})`)}
      </p>
      {error.errors.map(({ path, message }) => (
        <p class="small" key={path}>
          <code>{path}</code> {message}
        </p>
      ))}
      {retry && (
        <button type="button" onClick={retry}>
          {again}
        </button>
      )}
    </div>
  );
}
