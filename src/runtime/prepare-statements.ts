import type { Statement } from './run-transaction.ts';

/**
 * Names statements, so that a connection parses and plans each of them once: what judging a batch runs costs PostgreSQL
 * more to plan than to do. A name stands for its text in the whole process. Texts are few, since lists travel as one
 * JSON parameter; what comes beyond the limit (filters of pages in all their combinations) stays without a name.
 */
export type NameStatement = (statement: Statement) => Statement;

/** Each connection keeps the plans of all of them, some ten kilobytes each. */
const MAX_STATEMENTS = 200;

export function createStatementNames(max = MAX_STATEMENTS): NameStatement {
  const names = new Map<string, string>();
  return (statement) => {
    // Plain texts (BEGIN, what has no parameters) gain nothing by a name.
    if (typeof statement === 'string' || statement.name !== undefined) return statement;
    let name = names.get(statement.text);
    if (name === undefined) {
      if (names.size >= max) return statement;
      name = `vigia_${names.size + 1}`;
      names.set(statement.text, name);
    }
    return { ...statement, name };
  };
}
