import type { Engine } from 'json-rules-engine';
import { createDecorators } from './decorators.ts';
import { createOperators } from './operators.ts';

/** Gives an engine the operators and decorators of the rule language, in place of its own of the same names. */
export function addOperators(engine: Engine, now: () => number): void {
  for (const operator of createOperators(now)) engine.addOperator(operator);
  for (const decorator of createDecorators()) engine.addOperatorDecorator(decorator);
}
