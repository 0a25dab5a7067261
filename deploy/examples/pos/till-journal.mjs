/** Sales that are not sent yet, one per line. Several tills may share the file: each only ever adds a line to its end. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';

/** What one request carries at most. */
const CHUNK = 500;

/** A line break first, where a till was switched off amid the last line: that one is lost, this one is not. */
export function addToJournal(file, sale) {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const broken = bytes.length > 0 && bytes.at(-1) !== 0x0a;
  appendFileSync(file, `${broken ? '\n' : ''}${JSON.stringify(sale)}\n`);
}

/** `{ sales, bad, bytes }`: what can be read, how many lines cannot, and how much of the file that was. */
export function readJournal(file) {
  const content = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const sales = [];
  let bad = 0;
  for (const line of content.toString('utf8').split('\n')) {
    if (line === '') continue;
    try {
      sales.push(JSON.parse(line));
    } catch {
      bad += 1;
    }
  }
  return { sales, bad, bytes: content.length };
}

/** Takes what was read off the beginning; what another till has added since stays. */
export function cutJournal(file, bytes) {
  writeFileSync(file, readFileSync(file).subarray(bytes));
}

/**
 * Sends everything with `send(sales)`, which answers `{ accepted, rejected }`, and says with `say` what became of it. The
 * journal is cut when all of it is sent: a sale that is sent twice counts once.
 */
export async function sendJournal({ file, send, say }) {
  const { sales, bad, bytes } = readJournal(file);
  if (bytes === 0) return;
  if (bad > 0) say(`Lines of the journal that cannot be read are left out: ${bad}.`);
  let accepted = 0;
  let refused = 0;
  for (let at = 0; at < sales.length; at += CHUNK) {
    const answer = await send(sales.slice(at, at + CHUNK));
    accepted += answer.accepted;
    refused += answer.rejected.length;
  }
  cutJournal(file, bytes);
  say(`Sent from the journal: ${accepted} sales, ${refused} refused.`);
}
