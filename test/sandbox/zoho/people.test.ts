import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startZoho, type ZohoClient } from '../../support/stand-in-client.ts';

const SUPPORT = '65403000000006907';
const ANA = '65403000000190001';

describe('departments, channels, bots, agents and availability', () => {
  let client: ZohoClient;
  beforeAll(async () => {
    client = await startZoho();
  });
  afterAll(() => client.zoho.stop());

  test('channels carry their department and integration', async () => {
    const list = await client.call('GET', '/im/channels');
    expect(list.body.data).toHaveLength(7);
    const one = await client.call('GET', '/im/channels/65403000000038091');
    expect(one.body).toMatchObject({ name: 'Chat do site', integrationServiceType: 'IM_TALK', departmentId: SUPPORT });
    expect((await client.call('GET', '/im/channels/1')).status).toBe(404);
  });

  test('bots carry the deskBotId that a session takes', async () => {
    const { body } = await client.call('GET', '/im/bots');
    expect(body).toMatchObject({ data: [{ name: 'Recepção', deskBotId: '65403000000522004' }, {}], hasMore: false });
  });

  test('departments are listed and read by id', async () => {
    const { body } = await client.call('GET', '/departments?limit=200');
    expect(body).toMatchObject({ data: [{ id: SUPPORT, name: 'Suporte', isEnabled: true }, {}, {}] });
    expect((await client.call('GET', `/departments/${SUPPORT}`)).body.name).toBe('Suporte');
    expect((await client.call('GET', '/departments/1')).status).toBe(404);
    expect((await client.call('GET', '/departments?limit=201')).status).toBe(422);
  });

  test('an agent is found by id, ZUID and address; an unknown ZUID or address is 204, an unknown id 404', async () => {
    for (const path of [`/agents/${ANA}`, '/agents/zuid/106554156', '/agents/email/ana.souza@example.com']) {
      expect((await client.call('GET', path)).body).toMatchObject({ id: ANA, zuid: '106554156', lastName: 'Souza' });
    }
    expect((await client.call('GET', '/agents/zuid/1')).status).toBe(204);
    expect((await client.call('GET', '/agents/email/no@example.com')).status).toBe(204);
    expect((await client.call('GET', '/agents/1')).status).toBe(404);
  });

  test('agents come ten at a time unless more are asked for, and by department', async () => {
    expect((await client.call('GET', '/agents?limit=3')).body.data).toHaveLength(3);
    const { body } = await client.call('GET', `/agents?departmentIds=${SUPPORT}&limit=200`);
    expect(body.data).toHaveLength(5);
  });

  test('availability follows presence, and chatStatus is there only when asked for', async () => {
    client.zoho.desk.setOnline(ANA, false);
    const plain = await client.call('GET', `/agentAvailability?departmentId=${SUPPORT}`);
    expect(plain.body.data).toContainEqual({ agentId: ANA, status: 'OFFLINE' });
    const chat = await client.call('GET', `/agentAvailability?departmentId=${SUPPORT}&include=chatStatus`);
    expect(chat.body.data).toContainEqual({ agentId: ANA, status: 'OFFLINE', chatStatus: 'OFFLINE' });
    expect(chat.body).toMatchObject({ totalAgentsCount: '5', hasMore: false });
    const online = await client.call('GET', `/onlineAgents?departmentId=${SUPPORT}`);
    expect(online.body.data).toHaveLength(4);
    client.zoho.desk.setOnline(ANA, true);
  });

  test.each([
    '/agentAvailability',
    '/agentAvailability?departmentId=1',
    `/onlineAgents?departmentId=${SUPPORT}&include=mood`,
  ])('%s is refused with 422', async (path) => {
    expect((await client.call('GET', path)).status).toBe(422);
  });

  test('an unknown path is 404 URL_NOT_FOUND', async () => {
    expect((await client.call('GET', '/teams')).body.errorCode).toBe('URL_NOT_FOUND');
  });
});
