import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../support/find-server.ts';
import { askRedis, startNats, startRedis, startRedisCluster } from '../support/servers.ts';

const module = fileURLToPath(new URL('../support/servers.ts', import.meta.url));

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describeWith(['redis-server', 'nats-server'], 'private servers', () => {
  it('keep what they stored over a kill and a restart', async () => {
    const redis = await startRedis({ appendonly: true, appendfsync: 'always' });
    expect(await askRedis(redis.port, 'SET word kept')).toBe('+OK\r\n');
    const before = redis.pid;
    await redis.restart();
    expect(redis.pid).not.toBe(before);
    expect(lives(before)).toBe(false);
    expect(await askRedis(redis.port, 'GET word')).toBe('$4\r\nkept\r\n');
    await redis.remove();
    expect(lives(redis.pid)).toBe(false);
    expect(existsSync(redis.directory)).toBe(false);
  });

  it('stop answering while they are paused', async () => {
    const redis = await startRedis();
    redis.pause();
    const answer = askRedis(redis.port, 'PING');
    const first = await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 200, 'nothing'))]);
    expect(first).toBe('nothing');
    redis.resume();
    expect(await answer).toBe('+PONG\r\n');
    await redis.stop();
    await redis.remove();
  });

  it('form a cluster', async () => {
    const nodes = await startRedisCluster(3);
    const answers = await Promise.all(nodes.map(({ port }) => askRedis(port, 'SET word x')));
    expect(answers.filter((answer) => answer === '+OK\r\n')).toHaveLength(1);
    expect(answers.filter((answer) => answer.startsWith('-MOVED'))).toHaveLength(2);
    for (const node of nodes) await node.remove();
  });

  it('say why they did not start', async () => {
    await expect(startNats({ port: 1, config: 'no such setting {' })).rejects.toThrow(/ended/);
  });

  it('are gone when the process that started them is killed', async () => {
    const script = `const { startNats } = await import(${JSON.stringify(module)});
      const server = await startNats(); console.log(server.pid); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    const pid = await new Promise<number>((resolve) =>
      child.stdout.on('data', (chunk: Buffer) => resolve(Number(chunk.toString()))),
    );
    expect(lives(pid)).toBe(true);
    child.kill('SIGKILL');
    await expect.poll(() => lives(pid), { timeout: 10_000 }).toBe(false);
  });
});
