import { type SeedOrder, seedPeople } from './seed-people.ts';

export interface Seeded {
  readonly bytesPerPerson: number;
  readonly cpuUs: number;
}

// Nobody waits for it any more.
process.once('disconnect', () => process.exit());
process.once('message', (order: SeedOrder) => {
  seedPeople(order).then(
    (seeded) => {
      const { user, system } = process.cpuUsage();
      process.send?.({ ...seeded, cpuUs: user + system } satisfies Seeded, () => process.exit());
    },
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
