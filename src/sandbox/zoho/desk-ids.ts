/** Record ids of the stand-in's portal. */
/** Seventeen digits with gaps, as Zoho's are; as text, for they exceed what a number holds. */
const FIRST_ID = { session: 700_159, message: 2_614_041, ticket: 1_773_001, contact: 539_016, endUser: 5_390_086 };

export interface DeskIds {
  next(kind: keyof typeof FIRST_ID): string;
  ticketNumber(): string;
}

export function createDeskIds(): DeskIds {
  const counters = { session: 0, message: 0, ticket: 0, contact: 0, endUser: 0 };
  let ticketNumber = 584;
  return {
    next: (kind) => {
      const id = FIRST_ID[kind] + counters[kind] * 14;
      counters[kind] += 1;
      return `65403${String(id).padStart(12, '0')}`;
    },
    ticketNumber: () => {
      ticketNumber += 1;
      return String(ticketNumber);
    },
  };
}
