import { OperatorDecorator } from 'json-rules-engine';

/**
 * json-rules-engine's decorators (`not:equal`, `someFact:startsWith`), total like the operators: where the fact or the
 * value is not the list that a decorator goes through, the answer is false and nothing throws.
 */
type Next = (met: unknown, wanted: unknown) => boolean;
type Decorate = (met: unknown, wanted: unknown, next: Next) => boolean;

const DECORATORS = {
  someFact: (met, wanted, next) => Array.isArray(met) && met.some((item) => next(item, wanted)),
  everyFact: (met, wanted, next) => Array.isArray(met) && met.every((item) => next(item, wanted)),
  someValue: (met, wanted, next) => Array.isArray(wanted) && wanted.some((item) => next(met, item)),
  everyValue: (met, wanted, next) => Array.isArray(wanted) && wanted.every((item) => next(met, item)),
  swap: (met, wanted, next) => next(wanted, met),
  not: (met, wanted, next) => !next(met, wanted),
} satisfies Record<string, Decorate>;

/** Names of the decorators, as they stand before the colon. */
export const DECORATOR_NAMES: readonly string[] = Object.keys(DECORATORS);

/** All decorators, to be added to an engine; they replace json-rules-engine's own. */
export function createDecorators(): OperatorDecorator<unknown, unknown, unknown, unknown>[] {
  return Object.entries(DECORATORS).map(([name, decorate]) => new OperatorDecorator(name, decorate));
}
