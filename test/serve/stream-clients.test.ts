import { describe, expect, it } from 'vitest';
import type { Firing } from '../../src/model/trigger.ts';
import { frame, StreamClients, type StreamSink } from '../../src/serve/stream-clients.ts';
import { firing } from './fakes.ts';

class Recorder implements StreamSink {
  text = '';
  writableLength = 0;
  state: 'open' | 'ended' | 'destroyed' = 'open';

  write(chunk: string): boolean {
    this.text += chunk;
    return true;
  }

  end(): void {
    this.state = 'ended';
  }

  destroy(): void {
    this.state = 'destroyed';
  }
}

const nothing = { items: [], gap: false };
const all = () => true;
const clientsOf = (bounds: { clientsMax: number; bufferBytesMax: number }) =>
  new StreamClients<Firing>(bounds, (each) => frame(each.id, 'trigger', each));

describe('StreamClients', () => {
  it('writes one frame per firing, with id, event and one line of JSON', () => {
    const clients = clientsOf({ clientsMax: 2, bufferBytesMax: 100 });
    const sink = new Recorder();
    clients.add(sink, all, nothing);
    sink.text = '';
    clients.publish({ ...firing('f1'), payload: { text: 'two\nlines' } });
    const [id, event, data, end] = sink.text.split('\n');
    expect([id, event, end]).toEqual(['id: f1', 'event: trigger', '']);
    expect(JSON.parse(data?.slice('data: '.length) ?? '')).toMatchObject({
      id: 'f1',
      payload: { text: 'two\nlines' },
    });
  });

  it('sends the backlog first and says where firings may be missing', () => {
    const clients = clientsOf({ clientsMax: 2, bufferBytesMax: 100 });
    const sink = new Recorder();
    clients.add(sink, all, { items: [firing('f7')], gap: true });
    expect(sink.text.indexOf('event: gap')).toBeGreaterThan(0);
    expect(sink.text.indexOf('id: f7')).toBeGreaterThan(sink.text.indexOf('event: gap'));
  });

  it('filters by trigger, in the backlog too', () => {
    const clients = clientsOf({ clientsMax: 2, bufferBytesMax: 100 });
    const sink = new Recorder();
    clients.add(sink, ({ trigger }) => trigger === 'wanted', {
      items: [firing('f1', 'other'), firing('f2', 'wanted')],
      gap: false,
    });
    clients.publish(firing('f3', 'other'));
    clients.publish(firing('f4', 'wanted'));
    expect(sink.text.match(/^id: .*$/gm)).toEqual(['id: f2', 'id: f4']);
  });

  it('cuts a client that does not take what it is sent, and nobody else', () => {
    const clients = clientsOf({ clientsMax: 2, bufferBytesMax: 100 });
    const slow = new Recorder();
    const quick = new Recorder();
    clients.add(slow, all, nothing);
    clients.add(quick, all, nothing);
    slow.writableLength = 101;
    clients.publish(firing('f1'));
    expect([slow.state, quick.state, clients.size, clients.cut]).toEqual(['destroyed', 'open', 1, 1]);
    expect(slow.text).not.toContain('f1');
  });

  it('refuses one client too many, and has room again when one leaves', () => {
    const clients = clientsOf({ clientsMax: 1, bufferBytesMax: 100 });
    const leave = clients.add(new Recorder(), all, nothing);
    expect(() => clients.assertRoom()).toThrowError(expect.objectContaining({ code: 'too_many_requests' }));
    leave();
    expect(() => clients.assertRoom()).not.toThrow();
  });

  it('beats with a comment and ends every stream when it closes', () => {
    const clients = clientsOf({ clientsMax: 1, bufferBytesMax: 100 });
    const sink = new Recorder();
    clients.add(sink, all, nothing);
    sink.text = '';
    clients.beat();
    expect(sink.text).toMatch(/^:.*\n\n$/);
    clients.closeAll();
    expect([sink.state, clients.size]).toEqual(['ended', 0]);
  });
});
