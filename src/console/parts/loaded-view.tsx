import type { ComponentChildren } from 'preact';
import type { TesseraApiError } from '../../sdk/client/client.ts';
import { words } from '../words/words.ts';
import { Data } from './data.tsx';
import { isolated } from './data-text.ts';
import { codeText, detailOf, faultsOf } from './error-text.ts';
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
  const detail = detailOf(error);
  return (
    <div class="notice" role="alert">
      <p>
        {error.status === 0 && error.code === 'unreachable'
          ? unreachable
          : failed(`${codeText(error.code) ?? isolated(error.message)} (${error.code})`)}
      </p>
      {detail !== undefined && (
        <p class="small" lang="en">
          <Data value={detail} />
        </p>
      )}
      {faultsOf(error).map(({ path, more }) => (
        <p class="small" key={path}>
          <code>
            <Data value={path} />
          </code>{' '}
          {more !== '' && (
            <span lang="en">
              <Data value={more} />
            </span>
          )}
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
