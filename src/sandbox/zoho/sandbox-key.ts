/**
 * The fixed key of the sandbox. It is public on purpose: `vigia send` signs with it from another process, and tests start
 * without generating keys. It authenticates nothing but a stand-in on this machine; a real receiver fetches Zoho's keys.
 */
import type { JWK } from 'jose';

export interface SigningKey {
  kid: string;
  /** The private key; the public one is its `n` and `e`. */
  jwk: JWK;
}

const jwk: JWK = {
  kty: 'RSA',
  n: 'iwKKtlByJ3uObJ3ESx8d2GzDxeXNtCeG3fKMw5nmyTsrrO6dfuvW-5TGj0dZgy0rJF6Se_Ml3-XdMMUl0dmS7zSApIsWwa-wLW7WL7c1QzUseKizJPE64NNBLtyTvPEmQP2qdZkp9xgVM63i262JIa-3q9BdbvE82IljyHE_GulB5-n_SwmIYpXpyzGn4mvEs5yZ2pSjryqK-maDScTfi8a_8ORUYD6W7SCm8uJQZIzHt32uifsMArpNEyCIolJEdgWZnpeAsRm8QMxrZEqFLAxvzJxf2MGEMajInCmoYILtrIDxERYl1frNmZfSQQ0NbjW6iQWxd-mwtA3vg29opQ',
  e: 'AQAB',
  d: 'ERTdC7MjRo5saBS-OrGWVB0QCiuHapmoJ8d2xvsMkhyxwhHI4QBE-MGFjAoAn1m3tpk3wdW_3ofwoAi8cXwdY0RzLFpPumQxhMZdDnGiW2Gs1x96cqcr4iruFGk-xEBpFXe2RbYY-Ifejxemdp0X6pTyP8Fzwb67XdZgIGYovXskObQ3ADi5qbIWu4bD2hsDgiC9ttmmqZsGtwAxHqvra9glFZcNWj4Dg3mjVo2Af1KvQPBJr3cBzgh9QZTe3cAFcjygDGW9BEk5K27L6ofvu68zurfibneAV_1CECI6BLoFj7ADzlAJvGHZ2Nf6DLNk0iv4xyXzBvr7UaM10nSanw',
  p: 'vxC3YT0e0bHNu1Sjr-tpo6Rw7oDnRp3cr2TBkXLAPnbvAasJLXdFdJUUmuk2wwHlHPFJQwlDVGPBTohii5JXzQPvqtDWCFbbEW59QNeQqBE3PXaRS_RFrK2fmIXhbr0qPHcxQ8EbY2bgL7Hz9Llx0NwfZ5NS5ANxSaRd6ui9mVs',
  q: 'ukDYHRhDHy1m1gilJCOya6m1eoEGfPhT_POGVAuCuLqpSqT8HQp3hJ6B3K1Vj-mwDo96qJOrD-RIr00NVF8kJrnQj4xN4N-ESThHKmFe8d6fJzkiEnTGZHj9yjfaOH7C-rPT905ia8kl6my8C0ixZzv-doGgEBTCax8DnPD0pf8',
  dp: 'NA0byDPcd4gW4hf21_AsQVaFJZScbRKIkofCbBt04A-KoUu1HlvF4jLTADjUoF-dyTq6mLanTxA2E2z4W8msfb-6xTBLfs4atC8DlGyljgPSpr3sa2LKsHZEakre1UpXfU2DcE_lZDkcjiHOsjbrGNk-_PqXtGJztHpA08RAEs0',
  dq: 'B-Iyw5iBTtKHJcwb4Vm5daErU1Ieyi9grrZIG0qZb-RGwigVm80TngNvj72uf3buws8D7BrEBNou0Wy7gbS9PP5ke47-xOPxH4BIUtzoPeikZ-6dKJbUxu_wHh0bGYUUD7SI5lDlDZboCfIsS3X6PFpnvPBjrAqU6B_Z8UyprlU',
  qi: 'H4dZOVEnRet5EwSNrcJfQzVtszyXWKopCTNkGueYwOUdPuOeYeJ-OitTQ5BiOE1UEQrNbXio-wMhn0SOWKkcd1xb3PoM2NWGRxsFQ4npGG5Qok0l0qCheG94ZyAdImhbClYC8bIv3ArWVA9irmuYywygOfqMxH5GHXOUTPGb1yA',
};

export const sandboxKey: SigningKey = { kid: 'sandbox-2026-01', jwk };

/** A public key that has signed nothing: what a wrong JWKS shows under the right `kid`. */
export const foreignPublicJwk: JWK = {
  kty: 'RSA',
  n: 'sS92Xc3utvAGrjebIGHki59HLWDvY-lOw7DbPGuoYTaIQ4wpdvpZC6P1KSkThmoavdXU-R1zVAsgVrjBw7MgcvV0qb80TJ-06rX1_7g6pTXpQC04EGmi9huESlUDlCVg2pqh9o4jikxAKCopy7LnoSjACln7DYMGSRrgNUgOcvOfxl886-UWrKjtzYoEu3G2tlYhe7NE_A2IfqiLCqf31SDTE83kTPNqHzw1OzhF7iAaz0yalnh4CNYdttu-5KEQedogYYw8azYZ02TtWUhTIOTPjIn1LT2_5RYvWIN5eHKzkaOa9goNomLGAd2z1mpiynQDu4O3VKu-bCm67kuNYw',
  e: 'AQAB',
};
