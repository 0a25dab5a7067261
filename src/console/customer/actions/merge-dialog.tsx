import { useState } from 'preact/hooks';
import type { Profile } from '../../../sdk/client/client.ts';
import { Parts } from '../../parts/data.tsx';
import { isolated } from '../../parts/data-text.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Fact } from '../../parts/fact.tsx';
import { Failure, LoadedView } from '../../parts/loaded-view.tsx';
import { useAction } from '../../parts/use-action.ts';
import { useLoad } from '../../parts/use-load.ts';
import { ask, currentClient } from '../../session.ts';
import { formatMoment, words } from '../../words/words.ts';
import { nameFor } from '../names-of.ts';
import { toReference } from '../reference.ts';
import type { ActionsProps } from './actions-card.tsx';

type MergeProps = Pick<ActionsProps, 'profile' | 'reference' | 'changed'> & { readonly closed: () => void };

/** The other one is looked for first, so that nobody merges somebody whom they have not seen. */
export function MergeDialog({ profile, reference, changed, closed }: MergeProps) {
  const texts = words.value.customer.merge;
  const [text, setText] = useState('');
  const [other, setOther] = useState('');
  return (
    <Dialog title={texts.title} closed={closed}>
      <form
        class="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') setOther(toReference(text));
        }}
      >
        <label>
          {texts.find}
          <input type="search" value={text} onInput={({ currentTarget }) => setText(currentTarget.value)} />
        </label>
        <button type="submit">{words.value.customer.find}</button>
      </form>
      {other !== '' && (
        <Other key={other} reference={other}>
          {(found) => (
            <Confirm
              ours={nameFor(profile, reference)}
              theirs={nameFor(found, other)}
              same={found.profile_id === profile.profile_id}
              changed={changed}
            />
          )}
        </Other>
      )}
    </Dialog>
  );
}

interface OtherProps {
  readonly reference: string;
  readonly children: (found: Profile) => preact.ComponentChildren;
}

function Other({ reference, children }: OtherProps) {
  const texts = words.value.customer;
  const engine = currentClient();
  const found = useLoad(
    async (signal) => await engine.profiles.get(reference, { signal }),
    [engine, reference],
  );
  return (
    <LoadedView of={found}>
      {(other) =>
        other === undefined ? (
          <p role="alert">{texts.notFound(isolated(reference))}</p>
        ) : (
          <>
            <dl class="facts">
              <Fact name={texts.title} value={`${other.profile_id} · ${other.kind}`} />
              {Object.entries(other.identifiers).map(([type, values]) => (
                <Fact key={type} name={type} value={<Parts of={values} between=", " />} />
              ))}
              <Fact
                name={texts.lastSeen}
                value={other.last_seen === null ? '–' : formatMoment(other.last_seen)}
              />
            </dl>
            {children(other)}
          </>
        )
      }
    </LoadedView>
  );
}

interface ConfirmProps {
  readonly ours: string;
  readonly theirs: string;
  readonly same: boolean;
  readonly changed: (profile: string) => void;
}

interface Merged {
  readonly profile_id: string;
  readonly already?: boolean;
}

/** People are merged by identifiers; where they are masked, whoever asks has to know them. */
function Confirm({ same, changed, ...names }: ConfirmProps) {
  const texts = words.value.customer.merge;
  const [ours, setOurs] = useState(names.ours);
  const [theirs, setTheirs] = useState(names.theirs);
  const { run, running, result, problem } = useAction<Merged>();
  // Once they are merged, both are this profile.
  if (result !== undefined)
    return (
      <>
        <p role="status">{result.already === true ? texts.before : texts.result}</p>
        <button type="button" class="first" onClick={() => changed(result.profile_id)}>
          {result.profile_id}
        </button>
      </>
    );
  if (same) return <p role="alert">{texts.same}</p>;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        run(async () => await ask('POST /v1/identity/merges', { body: { identifiers: [ours, theirs] } }));
      }}
    >
      <Name label={texts.ours} value={ours} change={setOurs} />
      <Name label={texts.theirs} value={theirs} change={setTheirs} />
      <p class="warn small">{texts.warning}</p>
      {problem !== undefined && <Failure error={problem} />}
      <button type="submit" class="danger" disabled={running}>
        {texts.confirm}
      </button>
    </form>
  );
}

interface NameProps {
  readonly label: string;
  readonly value: string;
  readonly change: (value: string) => void;
}

function Name({ label, value, change }: NameProps) {
  return (
    <label>
      {label}
      <input required value={value} onInput={({ currentTarget }) => change(currentTarget.value.trim())} />
    </label>
  );
}
