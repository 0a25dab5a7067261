import { addressOf } from '../router.ts';

interface TabsProps<Name extends string> {
  readonly page: string;
  readonly label: string;
  readonly tabs: Readonly<Record<Name, string>>;
  readonly current: Name;
}

/** Views of one page, each with an address. */
export function Tabs<Name extends string>({ page, label, tabs, current }: TabsProps<Name>) {
  return (
    <nav class="tabs" aria-label={label}>
      {Object.entries<string>(tabs).map(([name, title]) => (
        <a key={name} href={addressOf(page, [name])} aria-current={name === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}

/** The view that the address names, or the first one. */
export function tabOf<Name extends string>(
  tabs: Readonly<Record<Name, string>>,
  asked: string | undefined,
): Name {
  // Keys of a record of these names are these names.
  const names = Object.keys(tabs) as Name[];
  return names.find((name) => name === asked) ?? (names[0] as Name);
}
