/**
 * Thrown by a fetch that guards addresses, before anything is sent: the name leads to an address that Vigia does not
 * call on a rule's behalf. Its message names the host and is safe to show.
 */
export class AddressRefusedError extends Error {
  readonly code = 'ADDRESS_REFUSED';

  constructor(host: string, range: string) {
    super(`${host} leads to a ${range} address`);
    this.name = 'AddressRefusedError';
  }
}

/** The refusal behind an error of fetch: some implementations wrap what went wrong as `cause`. */
export function findAddressRefusal(error: unknown): AddressRefusedError | undefined {
  if (error instanceof AddressRefusedError) return error;
  return error instanceof Error && error.cause !== undefined ? findAddressRefusal(error.cause) : undefined;
}
