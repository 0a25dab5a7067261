import { addressOf, place } from '../router.ts';
import { words } from '../words/words.ts';
import { DefinitionEditor } from './definition-editor.tsx';
import { DefinitionList } from './definition-list.tsx';

export const KINDS = ['triggers', 'segments', 'features'] as const;
export type Kind = (typeof KINDS)[number];

/** `#/triggers/<kind>` lists; `#/triggers/<kind>/<name>` edits; an empty name begins a new one. */
export function TriggersPage() {
  const { title, kinds } = words.value.define;
  const [asked, name] = place.value.args;
  const kind = KINDS.find((each) => each === asked) ?? 'triggers';
  return (
    <>
      <h1>{title}</h1>
      <nav class="tabs" aria-label={title}>
        {KINDS.map((each) => (
          <a
            key={each}
            href={addressOf('triggers', [each])}
            aria-current={each === kind ? 'page' : undefined}
          >
            {kinds[each]}
          </a>
        ))}
      </nav>
      {name === undefined ? (
        <DefinitionList key={kind} kind={kind} />
      ) : (
        <DefinitionEditor key={`${kind} ${name}`} kind={kind} name={name} />
      )}
    </>
  );
}
