import type { JsonObject } from '../domain/json.ts';
import { insertRows } from './bulk.ts';
import type { Db } from './database.ts';
import { audit } from './schema.ts';

export interface AuditEntry {
  orgId: string;
  at: number;
  actor: string;
  verb: string;
  target: string;
  detail?: JsonObject;
}

/** Appends to the audit, in the transaction of what it tells of. */
export async function appendAudit(tx: Db, entry: AuditEntry): Promise<void> {
  await insertRows(tx, audit, [entry]);
}
