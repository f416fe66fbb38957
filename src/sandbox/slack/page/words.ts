/** The page's words in the two languages that it speaks. */
export interface Words {
  lang: 'en' | 'pt-BR';
  locale: string;
  standIn: string;
  channels: string;
  messages: (count: number) => string;
  members: (count: number) => string;
  empty: string;
  emptyHint: string;
  edited: string;
  editedTimes: (count: number) => string;
  app: string;
  replies: (count: number) => string;
  alsoInThread: string;
  onlyVisibleTo: (name: string) => string;
  notMember: string;
  newBadge: (count: number) => string;
  readOnly: (name: string) => string;
  clickFailed: string;
  offline: string;
  jumpToLatest: string;
}

const plural = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

const english: Words = {
  lang: 'en',
  locale: 'en-GB',
  standIn: 'Stand-in for Slack',
  channels: 'Channels',
  messages: (count) => plural(count, 'message', 'messages'),
  members: (count) => plural(count, 'member', 'members'),
  empty: 'Nothing here yet',
  emptyHint: 'Cards appear by themselves as soon as a rule posts to this channel.',
  edited: 'edited',
  editedTimes: (count) => `edited ${plural(count, 'time', 'times')}: what it said before`,
  app: 'App',
  replies: (count) => plural(count, 'reply', 'replies'),
  alsoInThread: 'replied in a thread',
  onlyVisibleTo: (name) => `Only visible to ${name}`,
  notMember: 'The app is not in this channel.',
  newBadge: (count) => `${count} new`,
  readOnly: (name) => `Only the service posts here. Its buttons work: you click as ${name}.`,
  clickFailed: 'The app did not answer as Slack wants it.',
  offline: 'The stand-in does not answer. Trying again…',
  jumpToLatest: 'Jump to the latest',
};

const portuguese: Words = {
  lang: 'pt-BR',
  locale: 'pt-BR',
  standIn: 'Simulação do Slack',
  channels: 'Canais',
  messages: (count) => plural(count, 'mensagem', 'mensagens'),
  members: (count) => plural(count, 'membro', 'membros'),
  empty: 'Nada por aqui ainda',
  emptyHint: 'Os cartões aparecem sozinhos assim que uma regra publicar neste canal.',
  edited: 'editada',
  editedTimes: (count) => `editada ${plural(count, 'vez', 'vezes')}: o que dizia antes`,
  app: 'App',
  replies: (count) => plural(count, 'resposta', 'respostas'),
  alsoInThread: 'respondeu em uma conversa',
  onlyVisibleTo: (name) => `Visível apenas para ${name}`,
  notMember: 'O app não está neste canal.',
  newBadge: (count) => plural(count, 'nova', 'novas'),
  readOnly: (name) => `Só o serviço publica aqui. Os botões funcionam: você clica como ${name}.`,
  clickFailed: 'O app não respondeu como o Slack exige.',
  offline: 'Sem resposta. Tentando de novo…',
  jumpToLatest: 'Ir para a mais recente',
};

/** By `?lang`, else by Accept-Language (the first of the two that it names), else English. */
export function chooseWords(lang: string | undefined, acceptLanguage: string | undefined): Words {
  const wanted = lang === undefined ? (acceptLanguage ?? '').split(',') : [lang];
  for (const one of wanted) {
    const name = one.trim().toLowerCase();
    if (name.startsWith('pt')) return portuguese;
    if (name.startsWith('en')) return english;
  }
  return english;
}
