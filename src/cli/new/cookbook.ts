import { readFile } from 'node:fs/promises';
import { suggestion } from '../../domain/did-you-mean.ts';
import { AppError } from '../../domain/errors.ts';

/** A rule of docs/cookbook.md, and its test, as the page has them. */
export interface Recipe {
  id: string;
  rule: string;
  test: string;
}

/** @throws AppError not_found when the cookbook is not there, or has no such rule */
export async function findRecipe(id: string): Promise<Recipe> {
  const files = await readCookbook();
  const [rule, test] = [files.get(`${id}.rule.json`), files.get(`${id}.test.json`)];
  if (rule !== undefined && test !== undefined) return { id, rule, test };
  const ids = [...files.keys()].flatMap((file) => /^(.+)\.rule\.json$/.exec(file)?.[1] ?? []);
  throw new AppError('not_found', `docs/cookbook.md has no rule "${id}"`, { remedy: suggestion(id, ids, 40) });
}

/** The page's blocks by the file that each names. */
async function readCookbook(): Promise<Map<string, string>> {
  let page: string;
  try {
    page = await readFile(new URL('../../../docs/cookbook.md', import.meta.url), 'utf8');
  } catch (cause) {
    throw new AppError('not_found', 'docs/cookbook.md is not part of this installation', {
      remedy: 'Leave out --from, or call it in a clone of the repository.',
      cause,
    });
  }
  const blocks = page.matchAll(/<!-- file: (\S+) -->\r?\n```json\r?\n([\s\S]*?)\r?\n```/g);
  return new Map([...blocks].map(([, file = '', text = '']) => [file, `${text}\n`]));
}
