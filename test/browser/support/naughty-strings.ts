import { readFileSync } from 'node:fs';
import { sharedData } from '../../cli/import/import-run.ts';

/** What a page that writes markup, addresses or templates out of texts would trip over. */
const OWN = [
  '<img src=x onerror=alert(1)>"\' ﷽ {{1+1}}',
  '<script>alert(1)</script>',
  '</dd></dl></section><h1>taken over</h1>',
  'javascript:alert(1)',
  '"><svg onload=alert(1)>',
  '&lt;b&gt; &amp; &#x27;',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it looks like a template.
  '${alert(1)} #{1+1} <%= 1 %> {{constructor.constructor("alert(1)")()}}',
  '../../../etc/passwd',
  '‮txet siht‬ \u200b zero width',
  'Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤',
  '👩‍👩‍👧‍👦 🇨🇳 田中さんにあげて下さい',
  'undefined null NaN [object Object]',
];

const listed = sharedData('blns.json');
const others: readonly string[] = listed.missing ? [] : JSON.parse(readFileSync(listed.path, 'utf8'));

/** Those, and of the Big List of Naughty Strings, where it is there, what has markup in it. */
export const naughtyStrings: readonly string[] = [
  ...OWN,
  ...others.filter((text) => text.includes('<') && text.length < 150).slice(0, 60),
];
