/** Runs while no other tab does; false where one does. Without locks tabs send at once, which costs repeats only. */
export async function inOneTab(name: string, run: () => Promise<void>): Promise<boolean> {
  // Pages without HTTPS, and old browsers, have none.
  const locks = navigator.locks as LockManager | undefined;
  let free = true;
  try {
    if (locks === undefined) await run();
    else {
      await locks.request(name, { ifAvailable: true }, async (lock) => {
        free = lock !== null;
        if (free) await run();
      });
    }
  } catch {
    // Frames without an origin of their own may hold no locks.
    await run();
  }
  return free;
}
