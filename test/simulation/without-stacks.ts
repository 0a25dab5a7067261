/** Conflicts are thrown by the hundred here, and an error costs ten times less without its stack. */
export async function withoutStacks<T>(task: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return await task();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
