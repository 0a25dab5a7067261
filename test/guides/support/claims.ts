import type { Fence } from './pages.ts';

/** The pages that `guides.test.ts` runs, each from its first block to its last. */
export const guides = [
  'docs/access-keys.md',
  'docs/analytics.md',
  'docs/audit.md',
  'docs/backup.md',
  'docs/catalog.md',
  'docs/commands.md',
  'docs/consent.md',
  'docs/debugging.md',
  'docs/doctor.md',
  'docs/features.md',
  'docs/figures.md',
  'docs/history.md',
  'docs/loyalty.md',
  'docs/messages.md',
  'docs/operations.md',
  'docs/quality.md',
  'docs/quarantine.md',
  'docs/recommendations.md',
  'docs/schemas.md',
  'docs/segments.md',
  'docs/streams.md',
  'docs/trackers.md',
  'docs/triggers.md',
  'docs/value.md',
  // The last one: it erases the person that the others are about.
  'docs/privacy.md',
] as const;

/** Whose work a block is: that of a test, or nobody's, for a reason. */
export interface Claim {
  readonly page: string;
  /** Languages of the blocks; all of them where it is absent. */
  readonly languages?: readonly string[];
  /** Of these the ones that hold this text; all of them where it is absent. */
  readonly holding?: string;
  /** The file that runs them and names the page, or why none does. */
  readonly by?: string;
  readonly because?: string;
}

/** Read from the top: the first that fits counts. */
export const claims: readonly Claim[] = [
  { page: 'README.md', holding: 'npm ci && npm test', because: 'this is it' },
  { page: 'README.md', holding: '┌', because: 'a drawing' },
  { page: 'README.md', holding: 'npm run demo', by: 'test/newcomer.test.ts' },
  { page: 'README.md', holding: 'count() FROM merges', by: 'test/newcomer.test.ts' },
  { page: 'README.md', holding: 'npm start\n', by: 'test/newcomer.test.ts' },
  { page: 'README.md', by: 'test/readme.test.ts' },
  { page: 'README.zh-CN.md', by: 'test/readme-chinese.test.ts' },
  { page: 'CONTRIBUTING.md', because: 'what the gate does' },
  { page: 'src/README.md', because: 'a drawing' },
  {
    page: 'deploy/README.md',
    holding: 'docker',
    because: 'needs Docker; test/deploy holds the files to the program',
  },
  {
    page: 'deploy/README.md',
    holding: 'kubectl',
    because: 'needs a cluster; test/deploy lints and renders the chart',
  },
  { page: 'deploy/clickhouse/README.md', by: 'test/bi-docs.test.ts' },
  { page: 'deploy/examples/pos/README.md', because: 'test/sdk/till.test.ts sells on it' },
  { page: 'docs/bi.md', by: 'test/bi-docs.test.ts' },
  { page: 'docs/conservation.md', by: 'test/conservation-docs.test.ts' },
  { page: 'docs/cookbook.md', by: 'test/docs.test.ts' },
  { page: 'docs/demo.md', because: 'as the README has it: test/newcomer.test.ts' },
  { page: 'docs/deployment.md', holding: '--processes', because: 'four processes; test/engine starts two' },
  { page: 'docs/deployment.md', by: 'test/guides/deployment.test.ts' },
  { page: 'docs/figures.md', languages: ['http', 'json'], by: 'test/e2e/figures.test.ts' },
  { page: 'docs/history.md', holding: '8123/', by: 'test/history-docs.test.ts' },
  { page: 'docs/history.md', languages: ['text', 'js'], by: 'test/history-docs.test.ts' },
  { page: 'docs/observability.md', languages: ['json'], because: 'lines of a log, as examples' },
  {
    page: 'docs/observability.md',
    because: 'needs an SDK of OpenTelemetry; test/serve/tracing.test.ts has a small one',
  },
  { page: 'docs/performance.md', because: 'takes minutes; test/benchmarks runs each with tiny counts' },
  { page: 'docs/quality.md', languages: ['http', 'json'], by: 'test/quality-docs.test.ts' },
  { page: 'docs/quarantine.md', languages: ['http', 'json', 'sql'], by: 'test/quarantine-docs.test.ts' },
  { page: 'docs/schemas.md', languages: ['http', 'json', 'sql'], by: 'test/schema-docs.test.ts' },
  { page: 'docs/streams.md', holding: 'nats', by: 'test/guides/deployment.test.ts' },
  {
    page: 'docs/trackers.md',
    languages: ['js', 'html'],
    holding: 'WRITE_KEY',
    by: 'test/contract/support/snippet.ts',
  },
  { page: 'docs/trackers.md', languages: ['js', 'html'], by: 'test/sdk/support/tracked-shop.ts' },
  // What an answer looks like, with values of no one run. Tests of each compare answers whole.
  {
    page: 'docs/consent.md',
    languages: ['json'],
    holding: '"members"',
    because: 'an answer; test/e2e/consent.test.ts',
  },
  { page: 'docs/features.md', languages: ['json'], because: 'answers; test/features and test/serve' },
  {
    page: 'docs/messages.md',
    languages: ['json'],
    holding: '"timestamp"',
    because: 'a message; test/e2e/webhooks.test.ts',
  },
  {
    page: 'docs/recommendations.md',
    languages: ['json'],
    because: 'answers; test/e2e/recommendations.test.ts',
  },
  {
    page: 'docs/streams.md',
    languages: ['text'],
    because: 'what the stream says; test/readme.test.ts looks for the same lines',
  },
  { page: 'docs/triggers.md', languages: ['json'], because: 'a trace; test/triggers' },
  { page: 'docs/value.md', languages: ['json'], because: 'a value; test/features/purchases.test.ts' },
  ...guides.map((page) => ({ page, by: 'test/guides/guides.test.ts' })),
];

export function claimOf(fence: Fence): Claim | undefined {
  return claims.find(
    ({ page, languages, holding }) =>
      page === fence.page &&
      (languages === undefined || languages.includes(fence.language)) &&
      (holding === undefined || fence.text.includes(holding)),
  );
}
