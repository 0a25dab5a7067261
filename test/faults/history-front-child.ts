import { startHistoryFront } from '../../src/adapters/clickhouse/history-front.ts';

/* A ClickHouse in a process of its own, to be stopped and killed. Arguments: directory, port, key; prints where it is. */
const [path = '', port = '0', key = ''] = process.argv.slice(2);
const front = await startHistoryFront({
  path,
  database: 'default',
  port: Number(port),
  writable: true,
  authorize: (password) => password === key,
});
console.log(front.url);
