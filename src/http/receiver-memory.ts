/** What the webhook receiver keeps from request to request: data only, which outlives it on Workers. */
export interface ReceiverMemory {
  /** When the log was last reminded of what is to be set right, epoch ms. */
  remindedAt: number;
}

export function createReceiverMemory(): ReceiverMemory {
  return { remindedAt: Number.NEGATIVE_INFINITY };
}
