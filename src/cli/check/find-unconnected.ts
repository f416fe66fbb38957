import type { Unconnected } from '../../engine/check/check-folder.ts';

/** What each destination needs; the board and the records are part of Vigia, and requests need no credentials. */
const NEEDED: readonly Unconnected[] = [
  { destination: 'slack', name: 'Slack', variables: ['SLACK_BOT_TOKEN'] },
  {
    destination: 'zoho-desk',
    name: 'Zoho Desk',
    variables: ['ZOHO_ORG_ID', 'ZOHO_CLIENT_ID', 'ZOHO_CLIENT_SECRET', 'ZOHO_REFRESH_TOKEN'],
  },
];

/** The destinations that this environment gives no credentials for, with the variables that are not set. */
export function findUnconnected(env: Readonly<Record<string, string | undefined>>): Unconnected[] {
  return NEEDED.flatMap((one) => {
    const variables = one.variables.filter((name) => (env[name] ?? '') === '');
    return variables.length === 0 ? [] : [{ ...one, variables }];
  });
}
