import { visible } from '../parts/data-text.ts';
import { ScrollArea } from '../parts/scroll-area.tsx';
import { words } from '../words/words.ts';
import { diffLines, foldLines, type ShownLine } from './line-diff.ts';

interface DiffViewProps {
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

/** What differs between two texts, line by line; signs say it as well as colors. */
export function DiffView({ label, before, after }: DiffViewProps) {
  const texts = words.value.define;
  const lines = diffLines(before, after);
  if (lines.every(({ kind }) => kind === 'same')) return <p class="quiet">{texts.sameText}</p>;
  return (
    <ScrollArea label={label}>
      <ol class="plain diff">
        {foldLines(lines).map((line, i) => (
          <Line key={i} line={line} />
        ))}
      </ol>
    </ScrollArea>
  );
}

function Line({ line }: { readonly line: ShownLine }) {
  const texts = words.value.define;
  switch (line.kind) {
    case 'skipped':
      return <li class="quiet">{texts.sameLines(line.lines)}</li>;
    case 'same':
      return <li>{`  ${visible(line.text)}`}</li>;
    case 'gone':
      return (
        <li>
          <del>{`− ${visible(line.text)}`}</del>
        </li>
      );
    case 'new':
      return (
        <li>
          <ins>{`+ ${visible(line.text)}`}</ins>
        </li>
      );
  }
}
