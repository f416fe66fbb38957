import type { Json } from '../../domain/json.ts';
import type { Column } from './columns.ts';

/**
 * CSV by RFC 4180: comma, CRLF, quotes where they are needed. An absent value is an empty cell, an object its JSON.
 */
export function csvHeader<Row>(columns: readonly Column<Row>[]): string {
  return toRow(columns.map(([name]) => name));
}

export function csvRow<Row>(columns: readonly Column<Row>[], row: Row): string {
  return toRow(columns.map(([, value]) => value(row)));
}

function toRow(cells: readonly (Json | undefined)[]): string {
  return `${cells.map((cell) => quote(toText(cell))).join(',')}\r\n`;
}

function toText(cell: Json | undefined): string {
  if (cell === undefined || cell === null) return '';
  if (typeof cell === 'string') return disarm(cell);
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

/**
 * A text that a spreadsheet would take for a formula gets an apostrophe in front: what customers and integrations write
 * must not compute on the machine of whoever opens the file.
 */
function disarm(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
