/**
 * The company that the sandbox plays: its departments, agents, chat channels, bots and Slack channels. `rules/directory.json`
 * names the same ones. Ids have the shapes of Zoho's own samples: 17 digits for Desk records, 9 for Zoho user ids
 * (ZUID), and another kind for the `agentId` of a session, so that code which mixes them up fails here and not on a
 * live account. People, numbers and addresses are invented.
 */
export interface WorldDepartment {
  id: string;
  name: string;
}

export interface WorldAgent {
  /** Desk agent id: what `PATCH /im/sessions/{id}` takes and `deskAssignee.id` shows. */
  id: string;
  /** Zoho user id: what webhooks carry in `currentAssigneeId`. */
  zuid: string;
  /** A third id, which a session's `agentId` shows; no call takes it. */
  imAgentId: string;
  firstName: string;
  lastName: string;
  email: string;
  departmentIds: string[];
  /** Slack user id, where the agent has one. */
  slackId?: string;
}

export interface WorldChannel {
  id: string;
  name: string;
  /** Channel code, which a session shows as `channel`. */
  code: string;
  integration: 'WHATSAPP' | 'TELEGRAM' | 'INSTAGRAM' | 'FACEBOOKMESSENGER' | 'IM_TALK';
  departmentId: string;
  /** The handle, number or widget that customers see. */
  account: string;
  /** Share of the traffic; the sum is not fixed. */
  weight: number;
  /** The bot that greets first, by its IM bot id. */
  botId?: string;
}

export interface WorldBot {
  /** IM bot id. */
  id: string;
  /** What `PATCH /im/sessions/{id}` takes as `botId`. */
  deskBotId: string;
  name: string;
  departmentId: string;
}

export interface WorldSlackChannel {
  id: string;
  name: string;
  purpose: string;
  /** Whether the bot is in it; posting needs that. */
  botIsMember: boolean;
}

export interface WorldSlackUser {
  id: string;
  name: string;
  realName: string;
  email: string;
}

export interface World {
  orgId: string;
  webhookId: string;
  departments: WorldDepartment[];
  agents: WorldAgent[];
  channels: WorldChannel[];
  bots: WorldBot[];
  /** The agent on whose behalf the OAuth token acts (Desk agent id). */
  tokenAgentId: string;
  oauth: { clientId: string; clientSecret: string; refreshToken: string };
  slack: {
    teamId: string;
    teamName: string;
    botToken: string;
    signingSecret: string;
    /** User id of who clicks on the page. */
    clicker: string;
    bot: { userId: string; botId: string; name: string };
    channels: WorldSlackChannel[];
    users: WorldSlackUser[];
  };
}

const SUPPORT = '65403000000006907';
const SALES = '65403000000006913';
const BILLING = '65403000000006919';

export const sandboxWorld: World = {
  orgId: '106553778',
  webhookId: '65403000000211003',
  departments: [
    { id: SUPPORT, name: 'Suporte' },
    { id: SALES, name: 'Vendas' },
    { id: BILLING, name: 'Financeiro' },
  ],
  agents: [
    {
      id: '65403000000190001',
      zuid: '106554156',
      imAgentId: '65403000000896697',
      firstName: 'Ana Beatriz',
      lastName: 'Souza',
      email: 'ana.souza@example.com',
      departmentIds: [SUPPORT],
      slackId: 'U04ANASOUZA',
    },
    {
      id: '65403000000190014',
      zuid: '106554189',
      imAgentId: '65403000000896711',
      firstName: 'Bruno',
      lastName: 'Carvalho',
      email: 'bruno.carvalho@example.com',
      departmentIds: [SUPPORT],
      slackId: 'U04BRUNOCAR',
    },
    {
      id: '65403000000190027',
      zuid: '106554223',
      imAgentId: '65403000000896725',
      firstName: 'Camila',
      lastName: 'Rocha',
      email: 'camila.rocha@example.com',
      departmentIds: [SUPPORT, BILLING],
      slackId: 'U04CAMILARO',
    },
    {
      id: '65403000000190040',
      zuid: '106554257',
      imAgentId: '65403000000896739',
      firstName: 'Diego',
      lastName: 'Fernandes',
      email: 'diego.fernandes@example.com',
      departmentIds: [SUPPORT, SALES],
      slackId: 'U04DIEGOFER',
    },
    {
      id: '65403000000190053',
      zuid: '106554291',
      imAgentId: '65403000000896753',
      firstName: 'Elisa',
      lastName: 'Nogueira',
      email: 'elisa.nogueira@example.com',
      departmentIds: [SALES],
      slackId: 'U04ELISANOG',
    },
    {
      id: '65403000000190066',
      zuid: '106554325',
      imAgentId: '65403000000896767',
      firstName: 'Felipe',
      lastName: 'Azevedo',
      email: 'felipe.azevedo@example.com',
      departmentIds: [SALES],
      slackId: 'U04FELIPEAZ',
    },
    {
      id: '65403000000190079',
      zuid: '106554359',
      imAgentId: '65403000000896781',
      firstName: 'Gabriela',
      lastName: 'Martins',
      email: 'gabriela.martins@example.com',
      departmentIds: [BILLING, SUPPORT],
      slackId: 'U04GABRIELA',
    },
    {
      id: '65403000000190092',
      zuid: '106554393',
      imAgentId: '65403000000896795',
      firstName: 'Hugo',
      lastName: 'Pereira',
      email: 'hugo.pereira@example.com',
      departmentIds: [BILLING, SALES],
      slackId: 'U04HUGOPERE',
    },
    {
      // The agent of the integration: it owns the OAuth token and takes no chats.
      id: '65403000000190105',
      zuid: '106554427',
      imAgentId: '65403000000896809',
      firstName: 'Vigia',
      lastName: 'Integração',
      email: 'vigia@example.com',
      departmentIds: [],
    },
  ],
  channels: [
    {
      id: '65403000000038011',
      name: 'WhatsApp Suporte',
      code: 'WA_SUPORTE',
      integration: 'WHATSAPP',
      departmentId: SUPPORT,
      account: '+55 11 5555-0101',
      weight: 30,
      botId: '65403000000220101',
    },
    {
      id: '65403000000038027',
      name: 'WhatsApp Vendas',
      code: 'WA_VENDAS',
      integration: 'WHATSAPP',
      departmentId: SALES,
      account: '+55 11 5555-0102',
      weight: 20,
    },
    {
      id: '65403000000038043',
      name: 'Telegram Suporte',
      code: 'TG_SUPORTE',
      integration: 'TELEGRAM',
      departmentId: SUPPORT,
      account: 'lojaexemplo_suporte_bot',
      weight: 10,
    },
    {
      id: '65403000000038059',
      name: 'Instagram da loja',
      code: 'IG_LOJA',
      integration: 'INSTAGRAM',
      departmentId: SALES,
      account: '@lojaexemplo',
      weight: 14,
    },
    {
      id: '65403000000038075',
      name: 'Messenger da loja',
      code: 'FB_LOJA',
      integration: 'FACEBOOKMESSENGER',
      departmentId: SALES,
      account: 'Loja Exemplo',
      weight: 8,
    },
    {
      id: '65403000000038091',
      name: 'Chat do site',
      code: 'WEB_SITE',
      integration: 'IM_TALK',
      departmentId: SUPPORT,
      account: 'www.example.com',
      weight: 14,
      botId: '65403000000220101',
    },
    {
      id: '65403000000038107',
      name: 'Chat do financeiro',
      code: 'WEB_FINANCEIRO',
      integration: 'IM_TALK',
      departmentId: BILLING,
      account: 'financeiro.example.com',
      weight: 10,
    },
  ],
  bots: [
    { id: '65403000000220101', deskBotId: '65403000000522004', name: 'Recepção', departmentId: SUPPORT },
    { id: '65403000000220115', deskBotId: '65403000000522018', name: 'Catálogo', departmentId: SALES },
  ],
  tokenAgentId: '65403000000190105',
  oauth: {
    clientId: '1000.SANDBOXCLIENT',
    clientSecret: 'sandbox-client-secret',
    refreshToken: '1000.sandbox.refresh-token',
  },
  slack: {
    teamId: 'T04SANDBOX1',
    teamName: 'Loja Exemplo',
    botToken: 'xoxb-sandbox-bot-token',
    signingSecret: 'sandbox-signing-secret',
    clicker: 'U04SUPERVIS',
    bot: { userId: 'U04VIGIABOT', botId: 'B04VIGIABOT', name: 'vigia' },
    channels: [
      { id: 'C04CHATOPS1', name: 'chat-ops', purpose: 'Chats que esperam demais', botIsMember: true },
      { id: 'C04SUPERVIS', name: 'supervisors', purpose: 'Para quem supervisiona', botIsMember: true },
      { id: 'C04CHANHEAL', name: 'channel-health', purpose: 'Canais que caíram e voltaram', botIsMember: true },
      { id: 'C04VIGIAOWN', name: 'vigia', purpose: 'O que diz respeito à própria Vigia', botIsMember: true },
      { id: 'C04GENERAL1', name: 'general', purpose: 'Empresa toda', botIsMember: false },
    ],
    users: [
      { id: 'U04ANASOUZA', name: 'ana.souza', realName: 'Ana Beatriz Souza', email: 'ana.souza@example.com' },
      { id: 'U04BRUNOCAR', name: 'bruno.carvalho', realName: 'Bruno Carvalho', email: 'bruno.carvalho@example.com' },
      { id: 'U04CAMILARO', name: 'camila.rocha', realName: 'Camila Rocha', email: 'camila.rocha@example.com' },
      { id: 'U04DIEGOFER', name: 'diego.fernandes', realName: 'Diego Fernandes', email: 'diego.fernandes@example.com' },
      { id: 'U04ELISANOG', name: 'elisa.nogueira', realName: 'Elisa Nogueira', email: 'elisa.nogueira@example.com' },
      { id: 'U04FELIPEAZ', name: 'felipe.azevedo', realName: 'Felipe Azevedo', email: 'felipe.azevedo@example.com' },
      {
        id: 'U04GABRIELA',
        name: 'gabriela.martins',
        realName: 'Gabriela Martins',
        email: 'gabriela.martins@example.com',
      },
      { id: 'U04HUGOPERE', name: 'hugo.pereira', realName: 'Hugo Pereira', email: 'hugo.pereira@example.com' },
      { id: 'U04SUPERVIS', name: 'marina.lopes', realName: 'Marina Lopes', email: 'marina.lopes@example.com' },
    ],
  },
};
