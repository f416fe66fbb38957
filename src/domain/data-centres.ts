/**
 * Where Zoho keeps its customers. The hosts are a fixed table on purpose: the `api_domain` that Zoho's token endpoint
 * answers is not the host of Zoho Desk. Names are the last labels of the host one logs in at (`desk.zoho.eu` → `eu`).
 */
const HOSTS = {
  com: ['desk.zoho.com', 'accounts.zoho.com'],
  eu: ['desk.zoho.eu', 'accounts.zoho.eu'],
  in: ['desk.zoho.in', 'accounts.zoho.in'],
  'com.au': ['desk.zoho.com.au', 'accounts.zoho.com.au'],
  jp: ['desk.zoho.jp', 'accounts.zoho.jp'],
  sa: ['desk.zoho.sa', 'accounts.zoho.sa'],
  sg: ['desk.zoho.sg', 'accounts.zoho.sg'],
  ae: ['desk.zoho.ae', 'accounts.zoho.ae'],
  'com.cn': ['desk.zoho.com.cn', 'accounts.zoho.com.cn'],
  ca: ['desk.zohocloud.ca', 'accounts.zohocloud.ca'],
} as const;

export type DataCentreName = keyof typeof HOSTS;

export const DATA_CENTRE_NAMES: readonly DataCentreName[] = Object.keys(HOSTS) as DataCentreName[];

/** What people also write for a data centre. */
const ALIASES = new Map<string, DataCentreName>([
  ['us', 'com'],
  ['au', 'com.au'],
  ['cn', 'com.cn'],
]);

export interface DataCentre {
  name: DataCentreName;
  /** `https://desk.zoho.eu`, without a slash at the end. */
  deskUrl: string;
  accountsUrl: string;
}

function isName(name: string): name is DataCentreName {
  return Object.hasOwn(HOSTS, name);
}

/** The data centre of a name such as `eu` (or `au` for `com.au`), in any case. */
export function findDataCentre(text: string): DataCentre | undefined {
  const lower = text.toLowerCase();
  const name = isName(lower) ? lower : ALIASES.get(lower);
  if (name === undefined) return undefined;
  const [desk, accounts] = HOSTS[name];
  return { name, deskUrl: `https://${desk}`, accountsUrl: `https://${accounts}` };
}

/** The keys with which Zoho Desk signs its webhooks. */
export function jwksUrlOf(deskUrl: string): string {
  return `${deskUrl}/.well-known/jwks.json`;
}
