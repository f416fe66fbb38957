/**
 * Opening hours in one time zone, compiled: what `during`, `clock: business` and the fact `clock.open` ask. All instants
 * are epoch ms. A calendar is pure: the same question always has the same answer. It is open from an opening (included)
 * until a closing (excluded), and looks 400 days ahead: what comes later never comes.
 */
export interface Calendar {
  name: string;
  /** IANA name, such as `America/Sao_Paulo`. */
  zone: string;
  isOpen(at: number): boolean;
  /** `at` when it is open then, else the next opening; undefined when it never opens again. */
  nextOpen(at: number): number | undefined;
  /** `at` when it is closed then, else the next closing; undefined when it never closes again. */
  nextClose(at: number): number | undefined;
  /** Milliseconds between two instants during which it is open (the last ten years count); 0 when `to` is not after `from`. */
  openTimeBetween(from: number, to: number): number;
  /**
   * The earliest instant at which `ms` of open time have passed since `from`, which may be a closing; `from` itself for 0.
   * Undefined when it does not stay open that long.
   */
  addOpenTime(from: number, ms: number): number | undefined;
}
