import { computed, effect, signal } from '@preact/signals';

/** What an operator chooses for this browser. Nothing about anybody else is kept here. */
export type Language = 'en' | 'zh';
export type Theme = 'system' | 'light' | 'dark';

const LANGUAGE = 'tessera.language';
const THEME = 'tessera.theme';

export const language = signal<Language>(
  readChoice(LANGUAGE, ['en', 'zh'], navigator.language.startsWith('zh') ? 'zh' : 'en'),
);
export const theme = signal<Theme>(readChoice(THEME, ['system', 'light', 'dark'], 'system'));

const dark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(dark.matches);
dark.addEventListener('change', ({ matches }) => {
  systemIsDark.value = matches;
});

/** The colors that are shown: the sheet goes by this, and so does what draws by itself. */
export const shownTheme = computed(() =>
  theme.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : theme.value,
);

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  localStorage.setItem(LANGUAGE, language.value);
});
effect(() => {
  document.documentElement.dataset.theme = shownTheme.value;
  localStorage.setItem(THEME, theme.value);
});

function readChoice<Choice extends string>(
  name: string,
  choices: readonly Choice[],
  otherwise: Choice,
): Choice {
  const kept = localStorage.getItem(name);
  return choices.find((choice) => choice === kept) ?? otherwise;
}
