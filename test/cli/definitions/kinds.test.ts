import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { DEFINITION_KINDS, PRUNED_KINDS } from '../../../src/cli/definitions/kinds.ts';
import { textsIn } from '../../../src/definitions/definition-texts.ts';
import { readDefinitions } from '../../../src/engine/read-definitions.ts';
import type { DefinitionsEntry } from '../../../src/model/definitions.ts';

const RETAIL = fileURLToPath(new URL('../../../deploy/retail', import.meta.url));

describe('kinds of definitions', () => {
  it('are those of the engine', () => {
    // Only which kinds there are is asked.
    const entry = { features: [], triggers: [], segments: [] } as unknown as DefinitionsEntry;
    expect([...DEFINITION_KINDS].sort()).toEqual([...textsIn(entry).keys()].sort());
    expect(PRUNED_KINDS.filter((kind) => !(DEFINITION_KINDS as readonly string[]).includes(kind))).toEqual(
      [],
    );
  });

  it('are what a directory is read as, one under the name default', () => {
    const found = readDefinitions(RETAIL, 'CNY');
    expect(
      found.map(({ kind }) => kind).filter((kind) => !(DEFINITION_KINDS as readonly string[]).includes(kind)),
    ).toEqual([]);
    expect(found.filter(({ kind }) => kind === 'identity').map(({ name }) => name)).toEqual(['default']);
    expect(found.filter(({ kind }) => kind === 'features').length).toBeGreaterThan(100);
  });

  it('says nothing of identity where a directory does not, and refuses what is no directory', () => {
    expect(readDefinitions(`${RETAIL}/imports`, 'CNY')).toEqual([]);
    expect(() => readDefinitions(`${RETAIL}/identity.yaml`, 'CNY')).toThrow('is no directory');
  });
});
