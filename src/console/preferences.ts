import { effect, signal } from '@preact/signals';

/** What an operator chooses for this browser. Nothing about anybody else is kept here. */
export type Language = 'en' | 'zh';
export type Theme = 'system' | 'light' | 'dark';

const LANGUAGE = 'tessera.language';
const THEME = 'tessera.theme';

export const language = signal<Language>(
  readChoice(LANGUAGE, ['en', 'zh'], navigator.language.startsWith('zh') ? 'zh' : 'en'),
);
export const theme = signal<Theme>(readChoice(THEME, ['system', 'light', 'dark'], 'system'));

effect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
  localStorage.setItem(LANGUAGE, language.value);
});
effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
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
