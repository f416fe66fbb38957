import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { UNSPELLED_REPLY_STATUSES, VOCABULARIES, VOCABULARY_SOURCES } from '../../src/domain/vocabulary.ts';
import { MOST_ENTRIES } from '../../src/services/watch-vocabulary.ts';

const read = (page: string) => readFile(new URL(`../../docs/${page}`, import.meta.url), 'utf8');

describe('docs/vocabulary.md', async () => {
  const page = await read('vocabulary.md');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));

  it.each(Object.entries(VOCABULARIES))('names each value of %s with its source and its month', (name, known) => {
    for (const { value, source, since, ...more } of known) {
      const row = rows.find((line) => line.startsWith(`| \`${name}\``) && line.includes(`\`${value}\``));
      expect(row, value).toBeDefined();
      expect(row).toContain(`| ${VOCABULARY_SOURCES[source]} | ${since} |`);
      expect(row?.includes('(uncertain)')).toBe('uncertain' in more && more.uncertain === true);
    }
  });

  it('says what else is true', () => {
    expect(page).toContain(`room for ${MOST_ENTRIES.toLocaleString('en')} entries`);
    for (const meaning of UNSPELLED_REPLY_STATUSES) expect(page.replaceAll(/\s+/g, ' ')).toContain(meaning);
  });
});

describe('docs/slack.md', async () => {
  const page = await read('slack.md');

  it('has a manifest with the address that takes clicks, and the scopes that are needed', () => {
    const manifest = z
      .object({
        oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
        settings: z.object({ interactivity: z.object({ is_enabled: z.literal(true), request_url: z.url() }) }),
      })
      .parse(JSON.parse(/```json\n([\s\S]+?)```/.exec(page)?.[1] ?? ''));
    expect(new URL(manifest.settings.interactivity.request_url).pathname).toBe('/slack/interactions');
    expect(manifest.oauth_config.scopes.bot).toContain('chat:write');
  });
});
