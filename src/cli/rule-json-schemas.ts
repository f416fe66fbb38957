import * as z from 'zod';
import { calendarsFileSchema } from '../domain/calendar-file.ts';
import { conditionsFileSchema, directoryFileSchema, leafSchema, ruleFileSchema } from '../domain/rule-file.ts';
import { testFileSchema } from '../domain/test-file.ts';
import { KNOWN_EVENT_TYPES } from '../domain/vocabulary.ts';
import { CONDITION_FACTS, FACTS } from '../engine/catalogue/facts.ts';
import { listPaths } from '../engine/catalogue/find-field.ts';
import { PARAMS, takesParams } from '../engine/catalogue/params.ts';
import { OPERATORS } from '../engine/operators/operator-info.ts';

/**
 * The files that editors read, made of what the loader itself checks with: the zod schemas for the shape, the catalogue
 * of facts and the operators for completion. Completion offers what is known and refuses nothing else: events may have
 * any field, and Zoho adds values.
 */
const FILES = {
  'rule.schema.json': { schema: ruleFileSchema, title: 'A rule of Vigia' },
  'test.schema.json': { schema: testFileSchema, title: 'The tests of a rule of Vigia' },
  'conditions.schema.json': { schema: conditionsFileSchema, title: 'The named conditions of Vigia' },
  'calendars.schema.json': { schema: calendarsFileSchema, title: 'The calendars of Vigia' },
  'directory.schema.json': { schema: directoryFileSchema, title: 'The directory of names of Vigia' },
} as const;

export type SchemaFileName = keyof typeof FILES;

export const SCHEMA_FILES = Object.keys(FILES) as SchemaFileName[];

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The text of a schema file. */
export function toSchemaText(name: SchemaFileName): string {
  const { schema, title } = FILES[name];
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: 'input',
    reused: 'inline',
    cycles: 'ref',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === leafSchema) completeLeaf(jsonSchema);
      if (zodSchema === ruleFileSchema) completeRule(jsonSchema);
    },
  });
  // allowComments is known to VS Code's JSON mode, and to others an annotation.
  return `${JSON.stringify({ $schema, title, allowComments: true, ...rest }, null, 2)}\n`;
}

/** Offers these values and takes any text. */
function oneOfOrAnyText(values: readonly string[]): JsonSchema {
  return { anyOf: [{ enum: [...values] }, { type: 'string' }] };
}

function completeLeaf(leaf: JsonSchema): void {
  complete(leaf, 'fact', {
    enum: [...CONDITION_FACTS],
    enumDescriptions: CONDITION_FACTS.map((fact) => FACTS[fact].about),
  });
  const operators = Object.entries(OPERATORS);
  complete(leaf, 'operator', {
    anyOf: [
      { enum: operators.map(([name]) => name), enumDescriptions: operators.map(([, { about }]) => about) },
      { type: 'string', pattern: ':' },
    ],
  });
  leaf.allOf = CONDITION_FACTS.flatMap((fact) => [pathsOf(fact), ...paramsOf(fact), ...valuesOf(fact)]);
}

function pathsOf(fact: (typeof CONDITION_FACTS)[number]): JsonSchema {
  const paths = listPaths(fact);
  const known = { enum: paths.map(([path]) => `$.${path}`), enumDescriptions: paths.map(([, { about }]) => about) };
  return {
    if: { properties: { fact: { const: fact } }, required: ['fact'] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { properties: { path: { anyOf: [known, { type: 'string' }] } } },
  };
}

/** What a computed fact is to look at. */
function paramsOf(fact: (typeof CONDITION_FACTS)[number]): JsonSchema[] {
  if (!takesParams(fact)) return [];
  const properties = Object.fromEntries(
    Object.entries(PARAMS[fact]).map(([name, { about, values }]): [string, JsonSchema] => [
      name,
      { description: about, ...(values === undefined ? {} : { anyOf: [{ enum: [...values] }, {}] }) },
    ]),
  );
  return [
    {
      if: { properties: { fact: { const: fact } }, required: ['fact'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
      then: { properties: { params: { properties } } },
    },
  ];
}

/** For each field with a vocabulary: its values, as the value or within a list. */
function valuesOf(fact: (typeof CONDITION_FACTS)[number]): JsonSchema[] {
  return listPaths(fact).flatMap(([path, { vocabulary, kind }]): JsonSchema[] => {
    if (vocabulary === undefined || kind === 'map') return [];
    const values = { enum: [...vocabulary] };
    return [
      {
        if: { properties: { fact: { const: fact }, path: { const: `$.${path}` } }, required: ['fact', 'path'] },
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
        then: { properties: { value: { anyOf: [values, { type: 'array', items: { anyOf: [values, {}] } }, {}] } } },
      },
    ];
  });
}

function completeRule(rule: JsonSchema): void {
  const state = (['session', 'channel'] as const).flatMap((fact) =>
    listPaths(fact).flatMap(([path, { kind, computed }]) =>
      kind === 'map' || computed === true ? [] : [`${fact}.${path}`],
    ),
  );
  complete(rule, 'on', { items: oneOfOrAnyText(KNOWN_EVENT_TYPES) });
  complete(rule, 'episodeBy', { items: oneOfOrAnyText(state) });
}

/** Adds to what the schema of a property says. */
function complete(schema: JsonSchema, property: string, extra: JsonSchema): void {
  const properties = schema.properties ?? {};
  const present = properties[property];
  schema.properties = { ...properties, [property]: { ...(typeof present === 'object' ? present : {}), ...extra } };
}
