import { LeaveDialog } from './leave-dialog.tsx';
import { leave } from './leaving.ts';
import { pages } from './pages.ts';
import { isolated } from './parts/data-text.ts';
import { language, type Theme, theme } from './preferences.ts';
import { addressOf, place } from './router.ts';
import { resuming, session, signOut } from './session.ts';
import { SignIn } from './sign-in/sign-in.tsx';
import { words } from './words/words.ts';

/** The frame around every page. */
export function App() {
  const { skip, loading } = words.value;
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        {skip}
      </button>
      <Bar />
      <LeaveDialog />
      <main id="content" tabIndex={-1}>
        {session.value !== undefined ? (
          <Page />
        ) : resuming.value ? (
          <p role="status">{loading}…</p>
        ) : (
          <SignIn />
        )}
      </main>
    </>
  );
}

function Bar() {
  const { menu, pages: titles } = words.value;
  return (
    <header class="bar">
      <a class="brand" href={addressOf('live')}>
        <svg width="20" height="20" viewBox="0 0 16 16" aria-hidden="true">
          <path fill="#0f766e" d="M1 1h6v6H1zM9 9h6v6H9z" />
          <path fill="#0ea5a4" d="M9 1h6v6H9z" />
          <path fill="#d97706" d="M1 9h6v6H1z" />
        </svg>
        Tessera
      </a>
      <nav aria-label={menu}>
        {session.value !== undefined &&
          pages.map(({ name }) => (
            <a
              key={name}
              href={addressOf(name)}
              aria-current={place.value.page === name ? 'page' : undefined}
            >
              {titles[name]}
            </a>
          ))}
      </nav>
      <Side />
    </header>
  );
}

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

function Side() {
  const { language: languageWord, theme: themeWord, themes, signedInAs, signOut: out } = words.value;
  return (
    <div class="side">
      <label class="beside">
        <span class="small">{languageWord}</span>
        <select
          value={language.value}
          onChange={({ currentTarget }) => {
            language.value = currentTarget.value === 'zh' ? 'zh' : 'en';
          }}
        >
          <option value="en">English</option>
          <option value="zh">简体中文</option>
        </select>
      </label>
      <label class="beside">
        <span class="small">{themeWord}</span>
        <select
          value={theme.value}
          onChange={({ currentTarget }) => {
            theme.value = THEMES.find((each) => each === currentTarget.value) ?? 'system';
          }}
        >
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {themes[each]}
            </option>
          ))}
        </select>
      </label>
      {session.value !== undefined && (
        <>
          <span>{signedInAs(isolated(session.value.name))}</span>
          <button type="button" onClick={() => leave(signOut)}>
            {out}
          </button>
        </>
      )}
    </div>
  );
}

function Page() {
  const { unknownPage, toLive } = words.value;
  const page = pages.find(({ name }) => name === place.value.page);
  if (page !== undefined) return <page.view />;
  return (
    <>
      <p>{unknownPage}</p>
      <a href={addressOf('live')}>{toLive}</a>
    </>
  );
}
