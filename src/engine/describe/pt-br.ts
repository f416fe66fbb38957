import type { Language } from './language.ts';

const UNITS = [
  ['dia', 'dias', 86_400_000],
  ['hora', 'horas', 3_600_000],
  ['minuto', 'minutos', 60_000],
  ['segundo', 'segundos', 1_000],
] as const;

function list(parts: readonly string[], word: string): string {
  if (parts.length <= 1) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} ${word} ${parts.at(-1)}`;
}

function often(times: number): string {
  return times === 1 ? 'uma vez' : times === 2 ? 'duas vezes' : `${times} vezes`;
}

export const ptBr: Language = {
  tag: 'pt-BR',
  and: (parts) => list(parts, 'e'),
  or: (parts) => list(parts, 'ou'),
  not: (part) => `não é o caso que ${part}`,
  subject: { first: 'uma conversa', firstOwn: 'de uma conversa', again: 'ela', againOwn: 'dela' },
  duration(ms) {
    let rest = ms;
    const parts = UNITS.flatMap(([one, many, unitMs]) => {
      const count = Math.floor(rest / unitMs);
      rest -= count * unitMs;
      return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
    });
    return list(parts, 'e') || 'tempo nenhum';
  },
  values: {
    CREATED: 'nova',
    OPEN: 'aberta',
    ON_PROGRESS: 'em andamento',
    ON_HOLD: 'em espera',
    ENDED: 'encerrada',
    BLOCKED: 'bloqueada',
    MISSED: 'perdida',
    AGENT: 'um agente',
    BOT: 'um robô',
  },
  fields: {
    'session.previousStatus': 'o status anterior',
    'session.replyStatus': 'o status de resposta',
    'session.assigneeId': 'o responsável',
    'session.channelId': 'o canal',
    'session.integration': 'o tipo de canal',
    'session.messagesCount': 'o número de mensagens',
    'session.messagesIn': 'o número de mensagens do cliente',
    'session.messagesOut': 'o número de mensagens ao cliente',
    'session.holds': 'o número de esperas',
    'session.reassignments': 'o número de reatribuições',
    'session.createdAt': 'o início',
    'session.firstAssignedAt': 'a primeira atribuição',
    'session.firstResponseAt': 'a primeira resposta',
    'session.lastInboundAt': 'a última mensagem do cliente',
    'session.lastOutboundAt': 'a última mensagem ao cliente',
    'session.statusSince': 'a última mudança de status',
    'session.waitingSince': 'a mensagem sem resposta',
    'session.endedAt': 'o fim',
    'session.ticketId': 'o tíquete',
    'session.contactId': 'o contato',
    'channel.id': 'o canal',
    'channel.name': 'o nome do canal',
    'channel.integration': 'o tipo de canal',
    'channel.departmentId': 'o departamento do canal',
    'transition.from': 'o status antes do evento',
    'transition.to': 'o status depois do evento',
    'event.direction': 'o sentido da mensagem',
    'event.messageType': 'o tipo da mensagem',
  },
  standalone: {
    fields: {
      'queue.count': 'o número de conversas',
      'queue.oldestSeconds': 'o maior tempo (segundos) das conversas',
      'queue.p50Seconds': 'o tempo mediano (segundos) das conversas',
      'queue.p95Seconds': 'o tempo (segundos) que uma em vinte ultrapassa, das conversas',
      'history.count': 'o número de vezes',
      'agent.openSessions': 'o número de conversas abertas do agente',
      'channel.silentSeconds': 'o silêncio do canal (segundos)',
      'channel.usualSilenceSeconds': 'o silêncio habitual do canal (segundos)',
      'clock.weekday': 'o dia da semana (UTC)',
      'clock.hour': 'a hora (UTC)',
    },
    countOnChannel: (status) => `o número de conversas do canal com status ${status}`,
    asked: {
      status: (words) => `com status ${words}`,
      entered: (words) => `que passou a ${words}`,
      event: (types) => `que chegou ${types}`,
      unassigned: (isSo) => (isSo ? 'e sem responsável' : 'e com responsável'),
      olderThan: (duration) => `há pelo menos ${duration}`,
      within: (duration) => `em ${duration}`,
      channel: (name) => `em ${name}`,
      department: (name) => `em ${name}`,
      by: { session: 'na conversa', channel: 'no canal', assignee: 'com o responsável' },
    },
    known: (field, isSo) => `${field} ${isSo ? 'é' : 'não é'} conhecido`,
    hours: (calendar, isOpen) => `${calendar} está ${isOpen ? 'aberto' : 'fechado'}`,
  },
  phrases: {
    'agent.online equal false': 'um agente está off-line',
    'agent.online equal true': 'um agente está on-line',
    'channel.unusuallySilent equal true': 'um canal está em silêncio há mais tempo que o habitual',
    'event.status equal "FAILED"': 'a mensagem falhou',
    'session.assigneeId exists false': '{it} está sem responsável',
    'session.assigneeId exists true': '{it} tem responsável',
    'session.waitingSince exists true': 'o cliente {its} espera uma resposta',
    'session.waitingSince exists false': 'o cliente {its} não espera resposta',
    'session.firstResponseAt exists false': '{it} nunca teve resposta',
    'session.lastOutboundAt exists true': '{it} teve resposta',
    'session.ticketId exists true': 'o tíquete {its} é conhecido',
    'transition.to exists true': 'o evento diz um status',
    'session.assigneeType equal "AGENT"': '{it} está com um agente',
    'session.assigneeType equal "BOT"': '{it} está com um robô',
    'event.direction equal "IN"': 'a mensagem é do cliente',
    'event.direction equal "OUT"': 'a mensagem é para o cliente',
    'transition.assigneeChanged equal true': '{it} está com outra pessoa agora',
    'transition.gap equal true': 'um evento anterior se perdeu',
    'transition.late equal true': 'o evento chegou atrasado',
  },
  own: (field) => `${field} {its}`,
  range: (min, max) => `${min} a ${max}`,
  operators: {
    equal: (field, value) => `${field} {its} é ${value}`,
    notEqual: (field, value) => `${field} {its} não é ${value}`,
    in: (field, value) => `${field} {its} é ${value}`,
    notIn: (field, value) => `${field} {its} não é ${value}`,
    lessThan: (field, value) => `${field} {its} é menor que ${value}`,
    lessThanInclusive: (field, value) => `${field} {its} é no máximo ${value}`,
    greaterThan: (field, value) => `${field} {its} é maior que ${value}`,
    greaterThanInclusive: (field, value) => `${field} {its} é no mínimo ${value}`,
    between: (field, value) => `${field} {its} vai de ${value}`,
    olderThan: (field, value) => `${field} {its} foi há pelo menos ${value}`,
    newerThan: (field, value) => `${field} {its} foi há menos de ${value}`,
    startsWith: (field, value) => `${field} {its} começa com ${value}`,
    endsWith: (field, value) => `${field} {its} termina com ${value}`,
    containsText: (field, value) => `${field} {its} contém ${value}`,
    status: (_, value) => `{it} está ${value}`,
    changedTo: (_, value) => `{it} passou a ${value}`,
    changedFrom: (_, value) => `{it} deixou de estar ${value}`,
    there: (field) => `há ${field} {its}`,
    absent: (field) => `não há ${field} {its}`,
  },
  comparison: (field, operator, value) => `${field} {its} atende a ${operator} ${value}`,
  events: {
    IM_Session_Status: 'uma conversa muda de status ou de responsável',
    IM_Message_Add: 'uma mensagem chega ou sai',
    IM_Message_Status: 'uma mensagem é entregue ou lida',
    Ticket_Add: 'um tíquete é criado',
    Ticket_Update: 'um tíquete muda',
  },
  anyEvent: (types) => `chega um evento do tipo ${list(types, 'ou')}`,
  hold: (state, lasting, isOneState) =>
    isOneState ? `Quando uma conversa fica ${state} por ${lasting}` : `Quando ${state}, e isso dura ${lasting}`,
  event: (events, state) => (state === undefined ? `Quando ${events}` : `Quando ${events} e ${state}`),
  becomes: (status) => `Quando uma conversa passa a ${status}`,
  schedule: (every, state) => `${every}, se ${state}`,
  everyDuration: (duration) => `A cada ${duration}`,
  everyCron: (cron, zone) => `Nos horários de "${cron}" (${zone})`,
  during: (calendar) => `durante ${calendar}`,
  businessClock: (calendar) => `contando só enquanto ${calendar} está aberto`,
  whole: (when, actions) => `${when}, o Vigia ${actions}.`,
  actions: {
    card: (channel) => `mostra um cartão em ${channel}`,
    post: (channel) => `publica uma mensagem em ${channel}`,
    assignTo: (who) => `passa a conversa para ${who}`,
    assignPick: (pick, from) => `passa a conversa para ${pick}${from === undefined ? '' : ` ${from}`}`,
    setStatus: (status) => `deixa a conversa ${status}`,
    updateTicket: 'altera o tíquete',
    commentTicket: 'comenta no tíquete',
    request: (url) => `chama ${url}`,
    tile: (name) => `conta no painel em "${name}"`,
    record: (dataset) => `guarda uma linha em "${dataset}"`,
  },
  picks: {
    leastBusy: 'o agente on-line menos ocupado',
    roundRobin: 'o agente on-line que é o próximo da vez',
    sameAsLast: 'o agente que já atendeu este cliente',
  },
  from: {
    department: (name) => `do departamento ${name}`,
    team: (name) => `da equipe ${name}`,
    agents: (name) => `entre ${name}`,
  },
  computed: (text) => `(${text})`,
  more: {
    step: (after, unlessAcknowledged, actions) =>
      `${after} depois${unlessAcknowledged ? ', se ninguém tiver reconhecido o alerta' : ''}, ${actions}.`,
    repeat: (every, times) => `Enquanto durar, repete a cada ${every}, ${often(times)}.`,
    resolve: (actions) => `Quando acaba, ${actions}.`,
    limit: (count, per, within) => {
      const scope = { session: ' por conversa', channel: ' por canal', agent: ' por agente', rule: '' }[per];
      return `Faz isso no máximo ${often(count)}${scope} em ${within}.`;
    },
    waits: (calendar) => `Fora de ${calendar}, espera até abrir.`,
    keepFor: (duration) => `Uma interrupção de menos de ${duration} não conta.`,
    episodeBy: (fields) => `Sempre que muda ${fields}, a contagem recomeça.`,
    grouped: 'Muitas de uma vez dividem um só cartão.',
    inhibited: (rules) => `É contida enquanto ${rules} tem algo aberto no mesmo canal.`,
    exclusive: (group) => `Das regras do grupo "${group}", só a primeira age.`,
    shadow: 'Está em sombra: só registra o que faria.',
    off: 'Está desligada.',
  },
};
