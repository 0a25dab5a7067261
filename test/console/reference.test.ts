import { expect, it } from 'vitest';
import { toReference } from '../../src/console/customer/reference.ts';
import { parseReference } from '../../src/serve/profile-reference.ts';

it.each([
  ['139 0000 1111', 'phone:13900001111'],
  ['+86 (139) 0000-1111', 'phone:+8613900001111'],
  [' ann@example.com ', 'email:ann@example.com'],
  ['member_id:M-1', 'member_id:M-1'],
  ['wechat_openid@wx123:o-9', 'wechat_openid@wx123:o-9'],
  ['019AB3D2-7c1e-7a40-8d5e-3f1c2b4a5d6e', '019ab3d2-7c1e-7a40-8d5e-3f1c2b4a5d6e'],
  ['u-17', 'user_id:u-17'],
])('%s is looked up as %s, which the engine reads', (typed, reference) => {
  expect(toReference(typed)).toBe(reference);
  expect(parseReference(reference)).toBeDefined();
});
