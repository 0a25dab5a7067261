import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createDefinitionKinds } from '../../src/definitions/definition-kinds.ts';
import { type DefinitionsPack, loadPack, recordOfPack } from '../../src/definitions/definitions-pack.ts';
import { limits } from '../../src/limits.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { DefinitionKind, NamedDefinition } from '../../src/serve/services.ts';
import { createTemporaryDirectory } from '../adapters/temporary-directory.ts';
import { createFusedRunner, type FusedRunner } from '../support/fused-runner.ts';

const directory = createTemporaryDirectory();
afterAll(() => directory.remove());

/** A directory of definitions that holds these schemas and nothing else. */
function packOf(yaml: string): DefinitionsPack {
  mkdirSync(join(directory.path, 'schemas'), { recursive: true });
  writeFileSync(join(directory.path, 'schemas', 'events.yaml'), yaml);
  return loadPack(directory.path, 'CNY');
}

const GUIDE = 'name: guide_opened\nschema: { type: object, required: [step] }\n';

async function open(pack: DefinitionsPack): Promise<{
  rig: FusedRunner;
  kind: DefinitionKind;
  append: (record: LogRecord) => Promise<void>;
  take: (pack: DefinitionsPack) => Promise<void>;
}> {
  const rig = createFusedRunner();
  const { definitions, log } = rig;
  // Stands for the stage loop: whatever is appended is applied, one drain at a time.
  let draining = Promise.resolve();
  log.subscribe(() => {
    draining = draining.then(() => rig.drain());
  });
  const append = async (record: LogRecord): Promise<void> => {
    await rig.append(record);
    await draining;
  };
  const take = async (next: DefinitionsPack): Promise<void> => {
    const record = recordOfPack(next, definitions.entry, 'directory');
    if (record !== undefined) await append(record);
  };
  await take(pack);
  const appliedSeq = (): number => rig.runner.checkpoint?.seq ?? 0;
  const kinds = createDefinitionKinds({ definitions, pack, blind: (policy) => policy, log, appliedSeq });
  return { rig, kind: kinds.kind('schemas') as DefinitionKind, append, take };
}

const inForce = ({ definitions }: FusedRunner): string[] =>
  (definitions.entry.schemas ?? []).map(({ definition: { name, schema }, author }) =>
    [name, author, ...((schema.required ?? []) as readonly string[])].join(' '),
  );

describe('schemas of events', () => {
  it('come from the directory, change one by one with their author, and go back to it', async () => {
    const { rig, kind } = await open(packOf(GUIDE));
    const { editor } = kind;
    expect(inForce(rig)).toEqual(['guide_opened directory step']);
    const changed = editor?.check('guide_opened', {
      schema: { type: 'object', required: ['page'] },
    }) as NamedDefinition;
    const put = await editor?.put(changed, 'ann');
    expect(put).toMatchObject({
      name: 'guide_opened',
      author: 'ann',
      version: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    await editor?.put(editor.check('mirror_used', { schema: { type: 'object' } }), 'bob');
    expect(inForce(rig)).toEqual(['guide_opened ann page', 'mirror_used bob']);
    await editor?.remove?.('mirror_used', 'bob');
    await editor?.put(editor.original('guide_opened') as NamedDefinition, 'ann');
    expect(inForce(rig)).toEqual(['guide_opened ann step']);
  });

  it('stay as they are where another kind changes, and where the directory has not', async () => {
    const { rig, kind, append, take } = await open(packOf(GUIDE));
    await kind.editor?.put(kind.editor.check('mirror_used', { schema: { type: 'object' } }), 'ann');
    const before = rig.definitions.entry.schemas;
    await append({
      kind: 'definitions',
      author: 'bob',
      features: [],
      triggers: [],
      identity: rig.definitions.entry.identity.definition,
    });
    expect(rig.definitions.entry.schemas).toEqual(before);
    await take(packOf(`${GUIDE}---\nname: lift_used\nschema: { type: object, required: [lift] }\n`));
    expect(inForce(rig).sort()).toEqual([
      'guide_opened directory step',
      'lift_used directory lift',
      'mirror_used ann',
    ]);
    await take(packOf('name: lift_used\nschema: { type: object, required: [lift] }\n'));
    expect(inForce(rig).sort()).toEqual(['lift_used directory lift', 'mirror_used ann']);
  });

  it('say what a change may refuse', async () => {
    const { kind } = await open(packOf(GUIDE));
    const { editor } = kind;
    const warningsOf = (schema: JsonObject): readonly string[] =>
      editor?.warnings?.(editor.check('guide_opened', { schema })) ?? [];
    expect(warningsOf({ type: 'object' })).toEqual([]);
    expect(warningsOf({ type: 'object', required: ['step', 'page'] })).toEqual([
      '/required: page is required now; events that fitted until now may be refused',
    ]);
  });

  it('are refused in a directory with the file and the place', () => {
    expect(() => packOf('name: guide_opened\nschema: { type: object, requird: [step] }\n')).toThrow(
      expect.objectContaining({
        code: 'invalid_definition',
        message: expect.stringContaining('schemas/events.yaml'),
      }),
    );
    expect(() => packOf('name: order_paid\nschema: { type: object }\n')).toThrow(
      expect.objectContaining({
        code: 'invalid_definition',
        message: expect.stringContaining('order_completed'),
      }),
    );
  });

  it('are bounded in number', async () => {
    const many = Array.from(
      { length: limits.eventSchemasMax },
      (_, n) => `name: t${n}\nschema: { type: object }\n`,
    );
    const { kind } = await open(packOf(many.join('---\n')));
    expect(() => kind.editor?.check('one_more', { schema: { type: 'object' } })).toThrow(
      expect.objectContaining({ code: 'invalid_definition' }),
    );
  });
});
