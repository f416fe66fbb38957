import * as z from 'zod';
import type { RuleActionType } from './action.ts';
import { SETTABLE_STATUSES } from './vocabulary.ts';

/**
 * The rule files as people write them: one zod schema gives the types, the editor's JSON Schema and the strict check
 * (an unknown key is an error). What a schema cannot say (names, paths, templates) is checked in engine/check/.
 * Nothing here transforms: what comes out of a parse is the JSON that went in.
 */

/** `[a-z0-9-]`, at most 64: the name of the file is the rule's id. */
export const RULE_ID_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

const text = (max: number) => z.string().min(1).max(max);
const duration = z
  .string()
  .regex(/^(?=.)(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?$/, 'is not a duration such as 90s, 15m or 1h30m')
  .describe('A duration: 90s, 15m, 1h30m, 2d');
/** Longest template, in characters; the renderer's parse limit is the same. */
export const MAX_TEMPLATE_LENGTH = 20_000;
const template = z.string().max(MAX_TEMPLATE_LENGTH);
const scalarTemplate = z.union([template, z.number(), z.boolean()]);

const groupExtras = {
  name: text(100).optional().describe('A name for people'),
  priority: z.int().min(1).optional().describe('Of the conditions of one group, higher is judged first'),
};
/** Conditions are json-rules-engine's, unchanged. */
export const leafSchema = z.strictObject({
  fact: text(64).describe('event, session, transition, channel, clock, queue, history or agent'),
  params: z
    .record(text(40), z.union([z.string().max(200), z.number(), z.boolean(), z.array(text(100)).min(1).max(50)]))
    .optional()
    .describe('What a computed fact (queue, history) is to look at'),
  path: text(200).optional().describe('Dotted path into the fact: $.status, $.actor.type'),
  operator: text(64).describe('How the value that was met is compared: equal, in, exists, olderThan …'),
  value: z.json().describe('A value, or { "fact": …, "path": … } for the value of another fact'),
  priority: z.int().min(1).optional().describe('Of the conditions of one group, higher is judged first'),
  name: text(100).optional().describe('A name for people'),
});
export const referenceSchema = z.strictObject({
  condition: text(64).describe('Name of a condition of conditions.json'),
  ...groupExtras,
});

export type ConditionLeaf = z.infer<typeof leafSchema>;
export type ConditionReference = z.infer<typeof referenceSchema>;
export type Condition =
  | { all: Condition[]; name?: string | undefined; priority?: number | undefined }
  | { any: Condition[]; name?: string | undefined; priority?: number | undefined }
  | { not: Condition; name?: string | undefined; priority?: number | undefined }
  | ConditionReference
  | ConditionLeaf;

/** What tells one kind of condition from another: each has exactly one of these keys. */
export const CONDITION_KEYS = ['all', 'any', 'not', 'condition', 'fact'] as const;

export const conditionSchema: z.ZodType<Condition> = z
  .lazy(() =>
    z.union([
      z.strictObject({ all: z.array(conditionSchema).max(100).describe('Every one must hold'), ...groupExtras }),
      z.strictObject({ any: z.array(conditionSchema).min(1).max(100).describe('One must hold'), ...groupExtras }),
      z.strictObject({ not: conditionSchema, ...groupExtras }),
      referenceSchema,
      leafSchema,
    ]),
  )
  .meta({ id: 'condition', description: 'One of all, any, not, condition (a named one), or fact with its operator' });

const slackChannel = template.describe('#name, a channel id, or a name of directory.json');
const pickFrom = z
  .strictObject({
    department: template.optional(),
    agents: z.array(template).min(1).max(200).optional(),
    team: template.optional(),
  })
  .describe('Where to pick from: a department, a list of agents, or a team of directory.json');

/** The params of each action type. Every string in them is a Liquid template. */
export const paramsSchemas = {
  'slack.alert': z
    .strictObject({
      channel: slackChannel,
      text: template.describe('What has happened, in Slack mrkdwn'),
      severity: z.enum(['info', 'warning', 'critical']).optional().describe('The colour of the card; default warning'),
      mention: template.optional().describe('Slack user or group: a name of directory.json, or an id'),
      fields: z
        .array(z.strictObject({ title: template, value: template }))
        .max(10)
        .optional()
        .describe('Short facts shown in two columns'),
    })
    .describe('One card per episode, edited in place as things move'),
  'slack.post': z
    .strictObject({
      channel: slackChannel,
      text: template.describe('The message, in Slack mrkdwn; sent as rendered, nothing added'),
      blocks: z
        .array(z.record(z.string(), z.json()))
        .max(50)
        .optional()
        .describe('Block Kit blocks; text stays required'),
      thread: template.optional().describe('Timestamp of the message to answer in its thread'),
    })
    .describe('A plain message'),
  'zoho.assignSession': z
    .strictObject({
      agentId: template.optional().describe('Agent id, or a name of directory.json'),
      botId: template.optional().describe('The deskBotId of a bot, or a name of directory.json'),
      pick: z.enum(['leastBusy', 'roundRobin', 'sameAsLast']).optional().describe('How to choose among online agents'),
      from: pickFrom.optional(),
      maxLoad: z.int().min(1).optional().describe('Agents with this many open chats or more are left out'),
    })
    .describe('Gives the chat to an agent or a bot: exactly one of agentId, botId, pick'),
  'zoho.setSessionStatus': z
    .strictObject({ status: z.union([z.enum(SETTABLE_STATUSES), template]).describe('The status to change to') })
    .describe('Changes the status of the chat'),
  'zoho.updateTicket': z
    .strictObject({
      assigneeId: template.optional().describe('Agent id, or a name of directory.json'),
      teamId: template.optional().describe('Id of a Zoho Desk team'),
      status: template.optional(),
      priority: template.optional(),
      fields: z.record(z.string(), scalarTemplate).optional().describe('Further fields, by their API name'),
    })
    .describe("Changes the session's ticket"),
  'zoho.commentTicket': z
    .strictObject({
      text: template,
      public: z.boolean().optional().describe('Whether the customer sees it; default false'),
    })
    .describe("Comments on the session's ticket"),
  'http.request': z
    .strictObject({
      url: template.describe('Values put into it are URL-encoded'),
      method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional().describe('Default POST'),
      headers: z.record(z.string(), template).optional(),
      body: z.json().optional().describe('Sent as JSON; a value that is one {{ … }} keeps its type'),
    })
    .describe('A request to another system, signed by the Standard Webhooks scheme'),
  'dashboard.update': z
    .strictObject({
      tile: template.describe('Name of the tile'),
      set: scalarTemplate.optional().describe('The new number'),
      add: scalarTemplate.optional().describe('What to add to the number; may be negative'),
      by: template.optional().describe('Key within the tile: one number for each'),
    })
    .describe('A number on the live board: exactly one of set, add'),
  record: z
    .strictObject({
      dataset: template.describe('Name of the dataset'),
      fields: z
        .record(z.string(), z.union([scalarTemplate, z.null()]))
        .describe('The row; a value that is one {{ … }} keeps its type'),
    })
    .describe('A row for later analysis'),
} as const satisfies Record<RuleActionType, z.ZodType>;

/** An action as written; `params` has been checked against the schema of its type. */
export interface ActionFile {
  id?: string | undefined;
  type: RuleActionType;
  params: Record<string, unknown>;
  needs?: string | undefined;
  onUncertain?: 'repeat' | 'leave' | undefined;
  onFailure?: ActionFile[] | undefined;
}

const actionId = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,31}$/, 'is not an id: letters, digits and _, at most 32');

function actionOf<T extends RuleActionType, P extends z.ZodType<Record<string, unknown>>>(type: T, params: P) {
  return z.strictObject({
    type: z.literal(type).describe('What to do'),
    id: actionId.optional().describe('A name for `needs` and for `results.<id>` in the templates of later actions'),
    params,
    needs: actionId.optional().describe('Id of an earlier action that must have been delivered'),
    onUncertain: z
      .enum(['repeat', 'leave'])
      .optional()
      .describe('When the answer was lost: repeat (default) or leave (default for zoho.commentTicket)'),
    onFailure: z
      .array(actionSchema)
      .min(1)
      .max(20)
      .optional()
      .describe('Actions for when this one is refused for good or finds nobody'),
  });
}

export const actionSchema: z.ZodType<ActionFile> = z
  .lazy(() =>
    z.discriminatedUnion('type', [
      actionOf('slack.alert', paramsSchemas['slack.alert']),
      actionOf('slack.post', paramsSchemas['slack.post']),
      actionOf('zoho.assignSession', paramsSchemas['zoho.assignSession']),
      actionOf('zoho.setSessionStatus', paramsSchemas['zoho.setSessionStatus']),
      actionOf('zoho.updateTicket', paramsSchemas['zoho.updateTicket']),
      actionOf('zoho.commentTicket', paramsSchemas['zoho.commentTicket']),
      actionOf('http.request', paramsSchemas['http.request']),
      actionOf('dashboard.update', paramsSchemas['dashboard.update']),
      actionOf('record', paramsSchemas.record),
    ]),
  )
  .meta({ id: 'action' });

const stepSchema = z.strictObject({
  after: duration.describe('Counted from the firing'),
  unless: z
    .enum(['acknowledged', 'never'])
    .optional()
    .describe('acknowledged (default): an acknowledgement stops this step; never: it runs all the same'),
  actions: z.array(actionSchema).min(1).max(20),
});

export const ruleFileSchema = z.strictObject({
  $schema: z.string().optional(),
  name: text(200).describe('What the rule does, for people'),
  description: z.string().max(5_000).optional(),
  owner: text(200).optional().describe('Who answers for the rule; shown on its alerts'),
  runbook: z.url().max(1_000).optional().describe('Link to what to do; shown on its alerts'),
  tags: z.array(text(50)).max(20).optional(),
  mode: z.enum(['live', 'shadow', 'off']).optional().describe('live (default), shadow (decides, never acts), off'),
  priority: z.int().min(1).max(1_000_000).optional().describe('Higher first; default 1'),
  exclusive: text(64)
    .optional()
    .describe('Of the rules of one group that fire together only the first by priority acts'),
  on: z.array(text(100)).min(1).max(50).optional().describe('Event types: makes this an event rule'),
  late: z.boolean().optional().describe('Whether a late event fires this event rule too; default false'),
  for: duration.optional().describe('How long the conditions must have held: makes this a hold rule'),
  every: z
    .union([
      text(100),
      z.strictObject({
        cron: text(100).describe('Minute, hour, day of the month, month, day of the week'),
        zone: text(64).describe('IANA time zone of the cron line, such as America/Sao_Paulo'),
      }),
    ])
    .optional()
    .describe('A duration, or a cron line with its zone: makes this a schedule rule'),
  clock: z
    .enum(['wall', 'business'])
    .optional()
    .describe('wall (default), or business: the hold counts only while the calendar of "during" is open'),
  during: text(64).optional().describe('A calendar of calendars.json: outside it the rule does not act'),
  outside: z
    .enum(['skip', 'wait'])
    .optional()
    .describe('Outside the calendar: skip (default) forgoes the firing, wait looks again when it opens'),
  conditions: conditionSchema,
  keepFor: duration.optional().describe('The conditions must be false this long before the episode ends'),
  repeat: z
    .strictObject({ every: duration, times: z.int().min(1).max(1_000) })
    .optional()
    .describe('Does the actions again while the episode lasts'),
  groupAlerts: z
    .strictObject({
      by: z.array(text(100)).max(5).optional().describe('Fields whose values make a group; none: one group'),
      wait: duration.optional().describe('From the first firing to the card; default 30s'),
      interval: duration.optional().describe('At least this long between edits of the card; default 5m'),
    })
    .optional()
    .describe('Many firings, one Slack card with a count'),
  inhibitedBy: z
    .array(text(64))
    .min(1)
    .max(20)
    .optional()
    .describe('Rules whose open episode on the same channel holds this one back'),
  onUnknown: z
    .enum(['skip', 'match', 'alert'])
    .optional()
    .describe('When a condition meets a value never seen: skip (default for changes in Zoho), match, alert'),
  onEdit: z
    .enum(['keep', 'restart', 'cancel'])
    .optional()
    .describe('Running holds when the rule is edited: keep (default), restart, cancel'),
  episodeBy: z.array(text(100)).min(1).max(10).optional().describe('Fields whose change ends the episode'),
  actions: z.array(actionSchema).min(1).max(20),
  steps: z.array(stepSchema).min(1).max(20).optional().describe('Escalation ladder'),
  onResolve: z.array(actionSchema).min(1).max(20).optional(),
  limit: z
    .strictObject({
      count: z.int().min(1).max(10_000),
      per: z.enum(['session', 'channel', 'agent', 'rule']),
      within: duration,
    })
    .optional(),
  accept: z
    .array(
      z.strictObject({
        code: text(64).describe('Code of the warning, such as no-test'),
        reason: text(500).describe('Why it is all right here'),
      }),
    )
    .min(1)
    .max(20)
    .optional()
    .describe('Warnings of vigia check that are meant to be so'),
  maxLate: duration
    .optional()
    .describe('A firing later than this after its due time is recorded as expired; default 1h'),
});
export type RuleFile = z.infer<typeof ruleFileSchema>;

/** Names of named conditions. */
export const CONDITION_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** conditions.json: every key but `$schema` is the name of a condition; names are checked by the loader. */
export const conditionsFileSchema = z
  .object({ $schema: z.string().optional() })
  .catchall(conditionSchema)
  .describe('Named conditions, which rules use as { "condition": "<name>" }');

const directoryName = text(200);
/** Readable names. Ids are strings: they exceed what a JavaScript number holds. */
export const directoryFileSchema = z.strictObject({
  $schema: z.string().optional(),
  channels: z
    .record(
      text(64),
      z.strictObject({ name: directoryName, department: directoryName.optional(), integration: text(64).optional() }),
    )
    .optional()
    .describe('Channel id → name, department (id or name)'),
  departments: z.record(text(64), z.strictObject({ name: directoryName })).optional(),
  agents: z
    .record(
      text(64),
      z.strictObject({
        name: directoryName,
        zuid: text(64).optional().describe('Zoho user id, which webhooks carry as currentAssigneeId'),
        slack: text(64).optional(),
      }),
    )
    .optional()
    .describe('Desk agent id → name, zuid'),
  bots: z.record(text(64), z.strictObject({ name: directoryName })).optional(),
  teams: z
    .record(text(64), z.strictObject({ name: directoryName.optional(), agents: z.array(directoryName).min(1) }))
    .optional()
    .describe('Team → its agents (ids or names)'),
  slack: z
    .strictObject({
      users: z.record(text(80), text(64)).optional().describe('Name → Slack user or group id'),
      channels: z.record(text(80), text(64)).optional().describe('#name → Slack channel id'),
    })
    .optional(),
});
export type DirectoryFile = z.infer<typeof directoryFileSchema>;
