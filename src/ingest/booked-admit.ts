import type { AcceptedItem, Admit } from './admit.ts';
import type { IntakeBooks } from './intake-books.ts';

/** An item may be several events: all of them are accepted, or none. */
function itemsOf(accepted: readonly AcceptedItem[]): number {
  let items = 0;
  let last = -1;
  for (const { index } of accepted) {
    if (index !== last) items += 1;
    last = index;
  }
  return items;
}

/** Admission that writes down what requests brought and what became of it before the log. */
export function bookedAdmit(admit: Admit, books: IntakeBooks): Admit {
  return async (request) => {
    const { source, receivedAt } = request.context;
    const received = request.items.length;
    try {
      const admission = await admit(request);
      if (request.dryRun) return admission;
      let quarantined = 0;
      for (const { quarantine_id } of admission.rejected) if (quarantine_id !== undefined) quarantined += 1;
      books.note(source, receivedAt, {
        received,
        logged: itemsOf(admission.accepted),
        quarantined,
        refused: admission.rejected.length - quarantined,
      });
      return admission;
    } catch (error) {
      // Nothing of it counts as accepted, whatever of it may be in the log.
      if (!request.dryRun) books.note(source, receivedAt, { received, refused: received });
      throw error;
    }
  };
}
