/** Addresses of mail, and numbers as phones, cards and documents have them, with what may stand before them. */
const PERSONAL = /[@\uff20]|%40|^(?:tel:)?[\s+(]*\p{Nd}(?:[\s().,/-]*\p{Nd}){6,30}[Xx\s]*$/u;
const UNREADABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Whether an id that a sender gave an event may tell of somebody: then it is not shown to who may not see that. */
export function tellsOfPerson(id: string): boolean {
  return PERSONAL.test(id) || UNREADABLE.test(id);
}
