import { Fragment } from 'preact';
import { hasParts, visible } from './data-text.ts';

interface DataProps {
  readonly value: string | number;
}

/** A text that came from outside: whatever it holds, its neighbors keep their places. */
export function Data({ value }: DataProps) {
  const text = visible(String(value));
  // What was put together of parts goes on from left to right, whichever way the first of them is written.
  return <bdi dir={hasParts(text) ? 'ltr' : undefined}>{text}</bdi>;
}

interface PartsProps {
  /** What is empty, absent or false is left out. */
  readonly of: readonly (string | number | false | null | undefined)[];
  readonly between?: string;
}

/** Several of them in one line, each kept apart from the next. */
export function Parts({ of, between = ' · ' }: PartsProps) {
  const said = of.filter((each) => each !== undefined && each !== null && each !== false && each !== '');
  return (
    <>
      {said.map((each, n) => (
        // Parts have no names of their own, but their places.
        <Fragment key={n}>
          {n > 0 && between}
          <Data value={each as string | number} />
        </Fragment>
      ))}
    </>
  );
}

/** What may be a text from outside or something of the page. */
export function orData<Node>(value: Node): Node | preact.JSX.Element {
  return typeof value === 'string' && value !== '' ? <Data value={value} /> : value;
}
