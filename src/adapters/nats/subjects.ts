import { assert } from '../../errors.ts';

/*
 * Every name on the NATS servers begins with the space's, so that deployments share servers without seeing each other:
 *
 *   tessera.<space>.log.<partition>       stream TESSERA_<space>_<partition>
 *   tessera.<space>.keys.<facet>          stream TESSERA_<space>_keys
 *   tessera.<space>.audit.<chain>         stream TESSERA_<space>_audit; newest heads: auditheads
 *   tessera.<space>.replaced.<partition>.<n>   stream TESSERA_<space>_replaced
 *   tessera.<space>.triggers.<name>       firings, for whoever wants to act on them
 *   tessera.<space>.profiles.<id>         changes of profiles
 *   tessera.<space>.nodes.<topic>         what nodes say to each other
 */

const PLAIN = /^[A-Za-z0-9_-]{1,128}$/;
/** Without underscores: they part the words of a stream's name. */
const PARTITION = /^[a-z][a-z0-9]*$/;

/**
 * Any text as one word of a subject. Plain words stay as they are; the others become base64url behind an equals sign,
 * which no plain word holds, so that two texts never become the same word.
 */
export function subjectWord(text: string): string {
  return PLAIN.test(text) ? text : `=${Buffer.from(text).toString('base64url')}`;
}

/** The text that `subjectWord` has made a word of. */
export function textOfWord(word: string): string {
  return word.startsWith('=') ? Buffer.from(word.slice(1), 'base64url').toString() : word;
}

export function subjectOf(space: string, ...words: readonly string[]): string {
  return ['tessera', subjectWord(space), ...words].join('.');
}

export function logStream(space: string, partition: string): string {
  assert(PARTITION.test(partition), `partition ${partition}`);
  return `TESSERA_${subjectWord(space)}_${partition}`;
}

export function logSubject(space: string, partition: string): string {
  return subjectOf(space, 'log', partition);
}

export function keysStream(space: string): string {
  return `TESSERA_${subjectWord(space)}_keys`;
}

export function replacedStream(space: string): string {
  return `TESSERA_${subjectWord(space)}_replaced`;
}

export function auditStream(space: string, kind: 'audit' | 'auditheads'): string {
  return `TESSERA_${subjectWord(space)}_${kind}`;
}
