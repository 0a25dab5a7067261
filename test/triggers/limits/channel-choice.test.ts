import { describe, expect, it } from 'vitest';
import { DecisionScene, NOON, shortOf, triggerNamed } from '../decision-scene.ts';

const channelOf = (scene: DecisionScene) => {
  const [firing] = scene.at(NOON, 'a');
  return `${firing?.channel} ${firing && shortOf(firing)}`;
};
const preferred = { action: { channel: 'preferred' } } as const;

describe('the channel', () => {
  it('is what the customer has declared, else what has worked, else the first, of those with consent', () => {
    const scene = new DecisionScene({ triggers: [triggerNamed('a', preferred)] });
    scene.consents.set('marketing.email', true).set('marketing.phone', true);
    expect(channelOf(scene)).toBe('sms fired');
    scene.features.set('preferred_channel', 'phone');
    expect(channelOf(scene)).toBe('phone fired');
    scene.traits.set('preferred_channel', 'email');
    expect(channelOf(scene)).toBe('email fired');
    scene.consents.set('marketing.email', false);
    expect(channelOf(scene)).toBe('phone fired');
    scene.traits.set('preferred_channel', 'pigeon');
    scene.features.set('preferred_channel', 'wechat');
    expect(channelOf(scene)).toBe('sms fired');
  });

  it('that was named needs consent of its own', () => {
    const scene = new DecisionScene({ triggers: [triggerNamed('a', { action: { channel: 'email' } })] });
    expect(channelOf(scene)).toBe(' suppressed no_consent');
    scene.consents.set('marketing.email', true);
    expect(channelOf(scene)).toBe('email fired');
  });

  it('takes as many messages ever as its quota has bought, and then the next one takes over', () => {
    const channels = { wechat: { order: 1, quota: { feature: 'subscriptions' } }, sms: { order: 2 } };
    const scene = new DecisionScene({ triggers: [triggerNamed('a', preferred)], messaging: { channels } });
    scene.consents.set('marketing.wechat', true);
    expect(channelOf(scene)).toBe('sms fired');
    scene.features.set('subscriptions', 2);
    expect([channelOf(scene), channelOf(scene), channelOf(scene)]).toEqual([
      'wechat fired',
      'wechat fired',
      'sms fired',
    ]);
    scene.consents.set('marketing.sms', false);
    expect(channelOf(scene)).toBe(' suppressed no_quota');
    scene.features.set('subscriptions', 3);
    expect(channelOf(scene)).toBe('wechat fired');
  });

  it('of service is one that was agreed to, or else the one that reaches everybody', () => {
    const channels = { wechat: { order: 1, quota: { feature: 'subscriptions' } }, email: { order: 2 } };
    const scene = new DecisionScene({
      triggers: [triggerNamed('a', { ...preferred, purpose: 'service' })],
      messaging: { channels, service_channel: 'email' },
    });
    scene.consents.clear();
    expect(channelOf(scene)).toBe('email fired');
    scene.features.set('subscriptions', 1);
    scene.consents.set('marketing.wechat', true);
    expect([channelOf(scene), channelOf(scene)]).toEqual(['wechat fired', 'email fired']);
  });
});
