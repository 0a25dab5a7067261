import { assert, TesseraError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { PoolState } from '../model/coupon.ts';
import type { JsonObject } from '../model/json.ts';
import { keys } from '../model/keys.ts';
import type { StateReader } from '../ports/state.ts';
import type { Commands } from '../runner/commands.ts';
import type { EntryCodec } from '../runner/entry-cache.ts';
import type { Coupons } from '../serve/outgoing-service.ts';
import type { DefinitionKind, NamedDefinition } from '../serve/services.ts';

export interface CouponDeskOptions {
  /** The kind of definitions that the settings of pools are. */
  readonly kind: DefinitionKind;
  readonly state: Pick<StateReader, 'read'>;
  readonly codec: EntryCodec;
  readonly commands: Commands;
}

/** Pools of coupons as people look at them and fill them. */
export function createCouponDesk({ kind, state, codec, commands }: CouponDeskOptions): Coupons {
  const shown = async (definition: NamedDefinition): Promise<JsonObject> => {
    const key = keys.couponPool(definition.name);
    const [bytes] = await state.read([key]);
    // The codec answers the type that belongs to the key's prefix.
    const { added, drawn } =
      bytes === undefined ? { added: 0, drawn: 0 } : (codec.decode(key, bytes) as PoolState);
    return { ...definition, codes: { added, drawn, left: added - drawn } };
  };
  const find = (pool: string): NamedDefinition => {
    const found = kind.list().find(({ name }) => name === pool);
    if (found === undefined) throw new TesseraError('not_found', 'There is no pool of coupons of this name.');
    return found;
  };
  return {
    list: () => Promise.all(kind.list().map(shown)),
    show: async (pool) => await shown(find(pool)),
    async put(pool, settings, author) {
      const { editor } = kind;
      assert(editor !== undefined, 'pools of coupons can be changed');
      const { codes: _counts, ...written } = settings;
      return await shown(await editor.put(editor.check(pool, written), author));
    },
    async addCodes(pool, codes, author) {
      find(pool);
      const sum = { added: 0, known: 0, refused: 0 };
      let left = 0;
      for (let from = 0; from < codes.length; from += limits.couponRecordCodes) {
        const some = codes.slice(from, from + limits.couponRecordCodes);
        const { detail } = await commands.run(author, { type: 'add_codes', pool, codes: some });
        for (const name of ['added', 'known', 'refused'] as const) sum[name] += Number(detail?.[name] ?? 0);
        left = Number(detail?.left ?? left);
      }
      return { pool, ...sum, left };
    },
  };
}
