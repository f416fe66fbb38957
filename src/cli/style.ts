import { styleText } from 'node:util';
import type { CliIo, CliStream } from './io.ts';

export type Colour = 'red' | 'yellow' | 'green' | 'bold' | 'dim';

/**
 * Colour for people: on a terminal only, and not where NO_COLOR is set (https://no-color.org). Nothing is said by
 * colour alone.
 */
export function createStyle(io: CliIo, stream: CliStream): (colour: Colour, text: string) => string {
  const noColor = io.env['NO_COLOR'];
  const coloured = stream.isTTY === true && (noColor === undefined || noColor === '') && io.env['TERM'] !== 'dumb';
  return (colour, text) => (coloured ? styleText(colour, text, { validateStream: false }) : text);
}
