/** What wrangler.toml binds to the Worker; the variables and secrets of .env.example are beside it, as texts. */
export interface Bindings {
  readonly HYPERDRIVE?: { readonly connectionString: string };
  readonly ALARM_CLOCK: {
    getByName(name: string): { ringAt(at: number): Promise<void> };
  };
  /** When this version of the Worker was uploaded, ISO 8601; a local run may leave it out or empty. */
  readonly VERSION?: { readonly timestamp: string };
}

/** Of Cloudflare's execution context, what is used. */
export interface Context {
  /** Lets work go on after the answer, up to thirty seconds. */
  waitUntil(work: Promise<unknown>): void;
}
