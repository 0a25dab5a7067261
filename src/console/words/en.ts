import { customerEn, storeEn } from './en-customer.ts';
import { debugEn } from './en-debug.ts';
import { defineEn } from './en-define.ts';
import { errorsEn } from './en-errors.ts';
import { insightEn } from './en-insight.ts';
import { liveEn } from './en-live.ts';
import { checksEn, sayingsEn, turnsEn } from './en-sayings.ts';

/** The texts in English. Functions where a text says something of a value. */
export const en = {
  skip: 'To the content',
  menu: 'Pages',
  language: 'Language',
  theme: 'Colors',
  themes: { system: 'as the system', light: 'light', dark: 'dark' },
  signedInAs: (name: string): string => `Signed in as ${name}`,
  signOut: 'Sign out',
  loading: 'Loading',
  retry: 'Try again',
  nothing: 'Nothing here yet.',
  more: 'More',
  cancel: 'Cancel',
  close: 'Close',
  all: 'all',
  unsaved: {
    title: 'Leave without putting it in force?',
    text: 'What was typed in the editor is in force nowhere, and would be lost.',
    stay: 'Stay here',
    go: 'Leave, and lose it',
  },
  unknownPage: 'There is no such page.',
  toLive: 'To the live view',
  failed: (detail: string): string => `That did not work: ${detail}`,
  unreachable: 'The engine cannot be reached. It is asked again by itself.',
  pages: {
    live: 'Live',
    customer: 'Customers',
    triggers: 'Triggers',
    debug: 'Debugger',
    insight: 'Insight',
    store: 'Store',
  },
  signIn: {
    title: 'Sign in',
    key: 'Secret key',
    hint: 'It begins with sk_ and needs the scope read. What else it may do decides what you see.',
    keep: 'Keep it until this tab is closed',
    submit: 'Sign in',
    wrong: 'This key is not known, or is not good any more.',
    noRead: 'This key lacks the scope read.',
    notKept: 'The key stays in this page; the browser does not keep it.',
  },
  live: liveEn,
  decisions: {
    fired: 'fired',
    suppressed: 'suppressed',
    deferred: 'deferred',
    held_out: 'held out',
    revoked: 'revoked',
  },
  customer: customerEn,
  define: defineEn,
  debug: debugEn,
  insight: insightEn,
  store: storeEn,
  errors: errorsEn,
  sayings: sayingsEn,
  checks: checksEn,
  turns: turnsEn,
} satisfies Dictionary;

/** Every text of the console. A language that lacks one does not compile. */
export type Words = typeof en;

/** Texts, functions that make one, and groups of these. */
interface Dictionary {
  readonly [name: string]: string | ((...values: never[]) => string) | Dictionary;
}
