/** What the bundler and the platform provide under names of their own; only what is used of it. */
declare module 'vigia:bundle' {
  /** Names and texts of the rule files: written and checked by `vigia bundle`. */
  export const RULES: readonly (readonly [name: string, text: string])[];
  /** The files that pages load. */
  export const ASSETS: { readonly 'htmx.js': string; readonly 'vigia.css': string; readonly 'vigia.js': string };
}

declare module 'cloudflare:workers' {
  export abstract class DurableObject<Bindings> {
    constructor(context: unknown, bindings: Bindings);
    protected readonly ctx: {
      readonly storage: {
        /** When the alarm is set to ring, epoch ms; null when it is not set, and while it rings. */
        getAlarm(): Promise<number | null>;
        setAlarm(at: number): Promise<void>;
      };
    };
    protected readonly env: Bindings;
  }
}
