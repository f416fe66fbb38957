import * as z from 'zod';

/**
 * Zoho Desk's records as far as Vigia reads them, from Zoho's OpenAPI files (zoho/zohodesk-oas v1.0). Parsed leniently:
 * an id is a string or a number, `null` and `""` are absent, enums are open, what is not needed may be anything.
 */

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value === undefined || value === null || value === '' ? undefined : String(value)))
  .catch(undefined);
const id = z.union([z.string().min(1), z.number()]).transform(String);
const count = text.transform((value) => (value !== undefined && /^\d{1,12}$/.test(value) ? Number(value) : undefined));
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? undefined)
  .catch(undefined);
/** ISO 8601 → epoch ms. */
const time = text.transform((value) => {
  const at = Date.parse(value ?? '');
  return Number.isNaN(at) ? undefined : at;
});

const actor = z
  .object({ id: text, type: text, name: text })
  .nullish()
  .transform((value) => value ?? undefined)
  .catch(undefined);

/**
 * A chat. `assignee` comes from `deskAssignee`, whose id is a Desk agent id or a Desk bot id; the member `agentId` holds
 * another kind of id, and says only that somebody is assigned.
 */
export const sessionSchema = z
  .object({
    id,
    status: text,
    channelId: text,
    deskAssignee: actor,
    agentId: text,
    botId: text,
    meta: z
      .object({ DESK_TICKET_ID: text })
      .nullish()
      .transform((value) => value ?? undefined)
      .catch(undefined),
    contactId: text,
    replyStatus: text,
    integrationService: text,
    messagesCount: count,
    createdTime: time,
    modifiedTime: time,
    lastActiveTime: time,
    agentLastActiveTime: time,
    contactLastActiveTime: time,
  })
  .transform((raw) => {
    const { deskAssignee: who } = raw;
    const assignee = who?.id === undefined ? undefined : { id: who.id, type: who.type, name: who.name };
    return {
      id: raw.id,
      status: raw.status,
      channelId: raw.channelId,
      /** Whether anybody has it, known or not. */
      assigned: assignee !== undefined || raw.agentId !== undefined || raw.botId !== undefined,
      assignee,
      botId: raw.botId,
      ticketId: raw.meta?.DESK_TICKET_ID,
      contactId: raw.contactId,
      replyStatus: raw.replyStatus,
      integration: raw.integrationService,
      messagesCount: raw.messagesCount,
      createdAt: raw.createdTime,
      /** In none of Zoho's examples; believed where it comes. */
      modifiedAt: raw.modifiedTime,
      lastActiveAt: raw.lastActiveTime,
      agentLastActiveAt: raw.agentLastActiveTime,
      contactLastActiveAt: raw.contactLastActiveTime,
    };
  });
export type ZohoSession = z.output<typeof sessionSchema>;

export const channelSchema = z
  .object({
    id,
    name: text,
    departmentId: text,
    integrationServiceType: text,
    isActive: flag,
    isDeleted: flag,
  })
  .transform(({ integrationServiceType: integration, ...rest }) => ({ ...rest, integration }));
export type ZohoChannel = z.output<typeof channelSchema>;

/** `deskBotId` is what assigning takes; `id` is what a session's `botId` shows. */
export const botSchema = z.object({ id, deskBotId: text, name: text, departmentId: text, status: text });
export type ZohoBot = z.output<typeof botSchema>;

export const agentSchema = z
  .object({
    id,
    zuid: text,
    name: text,
    firstName: text,
    lastName: text,
    status: text,
    associatedDepartmentIds: z.array(id).nullish().catch(undefined),
  })
  .transform(({ firstName, lastName, associatedDepartmentIds, ...rest }) => ({
    ...rest,
    name: rest.name ?? ([firstName, lastName].filter((part) => part !== undefined).join(' ') || undefined),
    departmentIds: associatedDepartmentIds ?? [],
  }));
export type ZohoAgent = z.output<typeof agentSchema>;

/**
 * Whether an agent can take chats: `chatStatus` where Zoho sends it, else `status`. That chatStatus follows the switch
 * "IM Online" is not documented; an agent who cannot take a chat after all is refused by Zoho, and the next is tried.
 */
export const availabilitySchema = z
  .object({ agentId: id, chatStatus: text, status: text })
  .transform((raw) => ({ ...raw, online: (raw.chatStatus ?? raw.status) === 'ONLINE' }));
export type ZohoAvailability = z.output<typeof availabilitySchema>;

export const ticketSchema = z.object({
  id,
  ticketNumber: text,
  status: text,
  priority: text,
  assigneeId: text,
  teamId: text,
  departmentId: text,
  contactId: text,
});
export type ZohoTicket = z.output<typeof ticketSchema>;

export const commentSchema = z.object({ id: text });

/** A page of a list; an unreadable record loses only itself. */
export function listSchema<S extends z.ZodType>(item: S) {
  return z.object({ data: z.array(z.unknown()).nullish(), hasMore: flag }).transform(({ data, hasMore }) => ({
    items: (data ?? []).flatMap((raw) => {
      const parsed = item.safeParse(raw);
      return parsed.success ? [parsed.data] : [];
    }),
    /** Records on the page, read or not: what the next page's `from` counts. */
    length: data?.length ?? 0,
    hasMore,
  }));
}
