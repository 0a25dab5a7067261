import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Channel } from '../../src/ports/channel.ts';

export interface ChannelHome {
  /** The channel as one of two nodes has it. */
  open(node: 'one' | 'other'): Promise<Channel>;
  /** Resolves when what was published or subscribed so far has taken effect everywhere. */
  settled(): Promise<void>;
  remove(): Promise<void>;
}

export interface ChannelSuite {
  readonly name: string;
  readonly createHome: () => Promise<ChannelHome>;
}

export function describeChannel(suite: ChannelSuite): void {
  describe(`channel: ${suite.name}`, () => {
    let home: ChannelHome;
    let one: Channel;
    let other: Channel;
    beforeEach(async () => {
      home = await suite.createHome();
      one = await home.open('one');
      other = await home.open('other');
    });
    afterEach(() => home.remove());

    const collect = (channel: Channel, topic: string): string[] => {
      const heard: string[] = [];
      channel.subscribe(topic, (bytes, from) => heard.push(`${from} ${Buffer.from(bytes).toString()}`));
      return heard;
    };
    const say = (channel: Channel, topic: string, text: string): void =>
      channel.publish(topic, Buffer.from(text));

    it('brings a message to every node that listens, the sender too', async () => {
      const heard = [collect(one, 'beat'), collect(other, 'beat')];
      await home.settled();
      say(one, 'beat', 'a');
      await home.settled();
      expect(heard).toEqual([['beat a'], ['beat a']]);
    });

    it('keeps the order of the calls', async () => {
      const heard = collect(other, 'beat');
      await home.settled();
      for (let n = 0; n < 200; n += 1) say(one, 'beat', String(n));
      await home.settled();
      expect(heard).toEqual(Array.from({ length: 200 }, (_, n) => `beat ${n}`));
    });

    it('tells topics apart, and hears all below one', async () => {
      const heard = {
        exact: collect(one, 'wait.a'),
        below: collect(one, 'wait.*'),
        all: collect(one, 'w.*'),
      };
      await home.settled();
      for (const topic of ['wait.a', 'wait.b', 'wait', 'wait.a.deep', 'waiting.a', 'w-1']) {
        say(other, topic, '');
      }
      await home.settled();
      expect(heard).toEqual({ exact: ['wait.a '], below: ['wait.a ', 'wait.b '], all: [] });
    });

    it('stops on demand, and only that listener', async () => {
      const stopped: string[] = [];
      const stop = one.subscribe('beat', (bytes) => stopped.push(String(bytes)));
      const going = collect(one, 'beat');
      stop();
      stop();
      await home.settled();
      say(other, 'beat', 'a');
      await home.settled();
      expect([stopped, going]).toEqual([[], ['beat a']]);
    });

    it('keeps no hold on the buffer that it was given', async () => {
      const heard = collect(other, 'beat');
      await home.settled();
      const bytes = Buffer.from('a');
      one.publish('beat', bytes);
      await Promise.resolve();
      await home.settled();
      bytes.fill(0);
      expect(heard).toEqual(['beat a']);
    });
  });
}
