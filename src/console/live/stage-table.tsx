import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../parts/loaded-view.tsx';
import { Table } from '../parts/table.tsx';
import { toApiError } from '../parts/use-load.ts';
import { ask } from '../session.ts';
import { formatNumber, words } from '../words/words.ts';
import { durationsBetween, readStageBuckets, type StageDurations } from './read-stages.ts';

const LOOK_EVERY_MS = 5000;

/** How long batches took in each stage since the last look. */
export function StageTable() {
  const texts = words.value.live;
  const [stages, setStages] = useState<readonly StageDurations[]>([]);
  const [problem, setProblem] = useState<unknown>();
  useEffect(() => {
    const ending = new AbortController();
    let before: ReturnType<typeof readStageBuckets> = new Map();
    const look = async (): Promise<void> => {
      const text = await ask<string>('GET /metrics', { signal: ending.signal });
      const after = readStageBuckets(text);
      setStages(durationsBetween(before, after));
      before = after;
    };
    const tell = (error: unknown): void => {
      if (!ending.signal.aborted) setProblem(error);
    };
    look().catch(tell);
    const timer = setInterval(() => look().catch(tell), LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      ending.abort();
    };
  }, []);
  if (problem !== undefined) return <Failure error={toApiError(problem)} />;
  return (
    <Table
      label={texts.stages}
      rows={stages}
      keyOf={({ stage }) => stage}
      columns={[
        { title: texts.stage, cell: ({ stage }) => stage },
        { title: texts.batches, cell: ({ count }) => formatNumber(count), number: true },
        { title: texts.median, cell: ({ median }) => formatMs(median), number: true },
        { title: texts.p99, cell: ({ p99 }) => formatMs(p99), number: true },
      ]}
    />
  );
}

function formatMs(seconds: number): string {
  return Number.isNaN(seconds) ? '–' : `${formatNumber(seconds * 1000)} ms`;
}
