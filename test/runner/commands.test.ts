import { describe, expect, it } from 'vitest';
import { createMemoryLog, type MemoryLog } from '../../src/adapters/memory/log.ts';
import { createManualClock } from '../../src/adapters/memory/manual-clock.ts';
import { TesseraError } from '../../src/errors.ts';
import type { Outcome } from '../../src/model/effect.ts';
import { decodeRecord, encodeRecord } from '../../src/runner/codec.ts';
import { createCommands } from '../../src/runner/commands.ts';
import { OutcomeBoard } from '../../src/runner/outcome-board.ts';
import { createFusedEngine } from '../support/fused-engine.ts';

const command = { type: 'merge', identifiers: ['phone:a', 'phone:b'] } as const;

/** A log whose messages come to the outcome given as soon as they are durable. */
function place(outcome: Outcome) {
  const log = createMemoryLog({ clock: createManualClock(5) });
  const board = new OutcomeBoard();
  log.subscribe(() => {
    const { lastSeq } = log.stats();
    board.post([{ position: { seq: lastSeq, index: 0 }, outcome, command: true }]);
  });
  return { log, board, commands: createCommands({ log, board }) };
}

async function records(log: MemoryLog): Promise<readonly unknown[]> {
  const messages = await log.read(0, 100);
  return messages.flatMap((message) => message.records.map((bytes) => decodeRecord(bytes).record));
}

describe('commands', () => {
  it('are records of the log, with their author, and answer what became of them', async () => {
    const outcome: Outcome = { status: 'applied', profileId: 'p', firings: [], detail: { merged: ['q'] } };
    const { log, board, commands } = place(outcome);
    expect(await commands.run('operator', command)).toEqual(outcome);
    expect(await records(log)).toEqual([{ kind: 'command', author: 'operator', command }]);
    expect(board.waiting).toBe(0);
  });

  it('withdraw from the board when they are done: it keeps nothing for nobody', async () => {
    const outcome: Outcome = { status: 'applied', profileId: 'p', firings: [] };
    const { board, commands } = place(outcome);
    await commands.run('operator', command);
    const later = { position: { seq: 50, index: 0 }, outcome };
    board.post([later]);
    const asked = board.outcomesOf([later.position]);
    expect(board.waiting).toBe(1);
    board.post([later]);
    expect(await asked).toEqual([outcome]);
  });

  it('leave the runner marked as commands, so that nobody counts them as events', async () => {
    const engine = await createFusedEngine();
    await engine.send([{ id: 'e-1', type: 'page_viewed', identifiers: { user_id: 'ann' } }]);
    await engine.log.append([encodeRecord({ kind: 'command', author: 'operator', command })]);
    await engine.drain();
    const outcomes = engine.committed.flatMap((batch) => batch.outcomes);
    expect(outcomes.map(({ outcome, command: marked }) => [outcome.status, marked])).toEqual([
      ['applied', undefined],
      ['refused', true],
    ]);
  });

  it('answer a refusal as it is', async () => {
    const { commands } = place({ status: 'refused', code: 'not_linked', profileId: '', firings: [] });
    expect(await commands.run('operator', command)).toMatchObject({ status: 'refused', code: 'not_linked' });
  });

  it('fail when they cannot be folded: nobody must take them for done', async () => {
    const { commands } = place({ status: 'quarantined', code: 'internal', profileId: '', firings: [] });
    await expect(commands.run('operator', command)).rejects.toMatchObject({ code: 'internal' });
  });

  it('fail with the error of a log that takes nothing, and leave nobody waiting', async () => {
    const { log, board } = place({ status: 'applied', profileId: '', firings: [] });
    const full = { ...log, append: () => Promise.reject(new TesseraError('log_full')) };
    const commands = createCommands({ log: full, board });
    await expect(commands.run('operator', command)).rejects.toMatchObject({ code: 'log_full' });
    expect(board.waiting).toBe(0);
  });
});
