import type { Clock } from '../domain/clock.ts';
import { suggestion } from '../domain/did-you-mean.ts';
import { AppError } from '../domain/errors.ts';
import { shellWord } from '../domain/shell-text.ts';
import { FIELD_VOCABULARY, isShippedValue, VOCABULARY_NAMES } from '../domain/vocabulary.ts';
import { appendAudit } from '../store/audit.ts';
import type { Database, Db } from '../store/database.ts';
import { acceptEntries, addUnseenEntry, type EntryRow, findEntries, listNewValues } from '../store/vocabulary.ts';
import { OVERFLOW } from './vocabulary-notices.ts';
import type { VocabularyWatch } from './watch-vocabulary.ts';

/**
 * A person says that a value is known now: from then on it is judged and shown like those that ship. Accepting it again
 * changes nothing.
 */
export interface AcceptDeps {
  database: Database;
  clock: Clock;
  watch: Pick<VocabularyWatch, 'refresh'>;
  onAccepted?: () => void;
}

/** `field` is needed where several have an entry with this value, and for a value that no event has brought yet. */
export interface Acceptance {
  value: string;
  field?: string | undefined;
}

const FIELDS: readonly string[] = [...VOCABULARY_NAMES, FIELD_VOCABULARY];
/** Values that a suggestion is chosen from. */
const MOST_SUGGESTED = 500;

/**
 * @returns the entry as it stands
 * @throws AppError bad_request (no such field), not_found, conflict (the value ships as known, or more than one field has it)
 */
export async function acceptVocabulary(
  deps: AcceptDeps,
  orgId: string,
  { value, field }: Acceptance,
  by: string,
): Promise<EntryRow> {
  if (field !== undefined && !FIELDS.includes(field)) {
    throw new AppError('bad_request', `There is no field "${field}".`, { remedy: suggestion(field, FIELDS) });
  }
  const entry = await deps.database.transaction(async (tx) => {
    const place = await placeOf(tx, orgId, { value, field }, deps.clock.now());
    const at = deps.clock.now();
    const changed = await acceptEntries(tx, orgId, value, [place], { at, by });
    if (changed.length > 0) {
      await appendAudit(tx, { orgId, at, actor: by, verb: 'vocabulary.accept', target: `${place}/${value}` });
    }
    const [accepted] = await findEntries(tx, orgId, value, place);
    if (accepted === undefined) throw new AppError('internal', 'The entry is gone.');
    return accepted;
  });
  await deps.watch.refresh(orgId);
  deps.onAccepted?.();
  return entry;
}

/** The field whose entry is meant; made first where a field is named and no event has brought the value. */
async function placeOf(tx: Db, orgId: string, { value, field }: Acceptance, now: number): Promise<string> {
  const entries = (await findEntries(tx, orgId, value, field)).filter((entry) => entry.field !== OVERFLOW.field);
  const open = entries.filter(({ acceptedAt }) => acceptedAt === null);
  const [first] = open.length > 0 ? open : entries;
  if (open.length > 1) {
    const fields = open.map((entry) => entry.field).sort();
    throw new AppError('conflict', `More than one field has met "${value}": ${fields.join(', ')}.`, {
      remedy: `Say which: vigia vocabulary accept ${shellWord(value)} --field ${fields[0]}`,
    });
  }
  if (first !== undefined) return first.field;
  const shipped = VOCABULARY_NAMES.filter((name) => isShippedValue(name, value));
  const known = field === undefined ? shipped[0] : shipped.find((name) => name === field);
  if (known !== undefined) {
    throw new AppError('conflict', `"${value}" of ${known} is known already: there is nothing to accept.`);
  }
  if (field === undefined) {
    const news = await listNewValues(tx, orgId, MOST_SUGGESTED);
    const remedy = [suggestion(value, news), 'A value that no event has brought yet is accepted with its --field.'];
    throw new AppError('not_found', `No event has brought "${value}".`, { remedy: remedy.join(' ').trim() });
  }
  await addUnseenEntry(tx, orgId, field, value, now);
  return field;
}
