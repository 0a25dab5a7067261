import { expect, it } from 'vitest';
import { sealFields } from '../../../src/ingest/personal/seal-fields.ts';
import type { JsonObject } from '../../../src/model/json.ts';

const sealing = {
  key: { id: 'f', bytes: Buffer.alloc(32) },
  facet: 'facet',
  sealer: { seal: (_key: unknown, { path }: { path: string }, text: string) => `<${path} ${text.length}>` },
};

it('leaves what several events have in common to the others', () => {
  const context = { user: { name: 'Ann' }, list: [{ phone: 13800138000 }] };
  const events = [{ context }, { context }] as { context: JsonObject }[];
  const personal = [
    { path: '/context/user/name', keys: ['context', 'user', 'name'], kind: 'name' as const },
    { path: '/context/list/0/phone', keys: ['context', 'list', '0', 'phone'], kind: 'phone' as const },
    { path: '/context/gone/phone', keys: ['context', 'gone', 'phone'], kind: 'phone' as const },
  ];
  for (const event of events) sealFields(event, personal, sealing);
  const sealed = {
    user: { name: { $sealed: '</context/user/name 3>', kind: 'name' } },
    list: [{ phone: { $sealed: '</context/list/0/phone 11>', kind: 'phone' } }],
  };
  expect(events).toEqual([{ context: sealed }, { context: sealed }]);
  expect(context).toEqual({ user: { name: 'Ann' }, list: [{ phone: 13800138000 }] });
});
