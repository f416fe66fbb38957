/** What the customers of the sandbox are called and write, and what the agents answer. All of it is invented. */
import type { Random } from '../random.ts';
import type { WorldChannel } from '../world.ts';

const FIRST_NAMES = [
  'Adriana',
  'Alexandre',
  'Aline',
  'Caio',
  'Carolina',
  'Daniela',
  'Eduardo',
  'Fernanda',
  'Gustavo',
  'Helena',
  'Igor',
  'Joana',
  'João Pedro',
  'Juliana',
  'Larissa',
  'Leandro',
  'Luana',
  'Marcelo',
  'Mariana',
  'Otávio',
  'Patrícia',
  'Rafael',
  'Renata',
  'Rodrigo',
  'Sílvia',
  'Tatiane',
  'Thiago',
  'Vanessa',
  'Vinícius',
  'Yasmin',
];
const LAST_NAMES = [
  'Almeida',
  'Araújo',
  'Barbosa',
  'Batista',
  'Cardoso',
  'Castro',
  'Costa',
  'Dias',
  'Farias',
  'Freitas',
  'Gomes',
  'Lima',
  'Macedo',
  'Melo',
  'Moraes',
  'Moreira',
  'Oliveira',
  'Pinto',
  'Ramos',
  'Ribeiro',
  'Santana',
  'Silva',
  'Teixeira',
  'Vieira',
];

export interface Customer {
  name: string;
  /** A phone number on WhatsApp, a handle or number elsewhere. */
  externalId: string;
}

export function inventCustomer(random: Random, channel: WorldChannel): Customer {
  const first = random.pick(FIRST_NAMES);
  const last = random.pick(LAST_NAMES);
  const number = String(random.between(0, 9999)).padStart(4, '0');
  const phone = `+55${random.pick(['11', '21', '31', '41', '51', '71', '81'])}95555${number}`;
  const handle = `${first}.${last}`
    .normalize('NFD')
    .replaceAll(/[^a-zA-Z.]/g, '')
    .toLowerCase();
  switch (channel.integration) {
    case 'WHATSAPP':
      return { name: `${first} ${last}`, externalId: phone };
    case 'INSTAGRAM':
      return { name: `${first} ${last}`, externalId: handle };
    default:
      return { name: `${first} ${last}`, externalId: `96${random.between(10, 99)}${number}${random.between(10, 99)}` };
  }
}

export const phrases = {
  openings: [
    'Oi, meu pedido ainda não chegou. Podem verificar?',
    'Boa tarde! O boleto veio com o valor errado.',
    'Olá, queria saber o prazo de entrega para Recife.',
    'Bom dia, recebi o produto com defeito. Como faço a troca?',
    'Vocês têm esse modelo na cor azul?',
    'Não consigo entrar na minha conta, diz que a senha expirou.',
    'Oi! O cupom PRIMAVERA não está funcionando.',
    'Preciso da segunda via da nota fiscal, por favor.',
    'O rastreio está parado há quatro dias.',
    'Quero cancelar a assinatura, como faço?',
    'Dá para retirar na loja ainda hoje?',
    'Fui cobrado duas vezes no cartão.',
  ],
  nudges: [
    'Oi?',
    'Tem alguém aí?',
    'Ainda estou esperando…',
    'Alô?',
    'Consegue me ajudar?',
    'Faz um tempo que estou aqui.',
  ],
  greetings: [
    'Oi! Aqui é da Loja Exemplo, vou ver isso para você agora.',
    'Olá, tudo bem? Já estou olhando o seu caso.',
    'Bom dia! Me passa o número do pedido, por favor?',
    'Oi, desculpe a espera. Vamos resolver.',
  ],
  answers: [
    'Verifiquei aqui: sai para entrega amanhã.',
    'Pronto, reenviei para o seu e-mail.',
    'Consegue me mandar uma foto?',
    'Já pedi o estorno, cai em até dois dias úteis.',
    'Temos sim! Quer que eu separe?',
    'Só um instante, estou falando com a transportadora.',
    'Tente de novo agora, por favor.',
    'Vou abrir a troca por aqui mesmo.',
  ],
  replies: [
    'Certo',
    'É o pedido 48213',
    'Mandei a foto',
    'Ok, obrigado!',
    'Pode ser',
    'Ainda não apareceu',
    'Perfeito',
    'E quanto fica?',
    'Entendi',
  ],
  goodbyes: ['Qualquer coisa é só chamar. Até mais!', 'Resolvido! Tenha um ótimo dia.', 'Obrigado pelo contato!'],
  bot: [
    'Olá! Sou a assistente da Loja Exemplo. Em que posso ajudar?',
    'Para agilizar: é sobre pedido, pagamento ou troca?',
  ],
  spam: ['GANHE 500% HOJE clique aqui', 'Invista agora e dobre o seu dinheiro'],
} as const;
