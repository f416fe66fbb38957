import type { Config } from '../../config.ts';
import { type SlackChannelDiagnosis, slackDiagnose, slackSendTest } from '../../delivery/slack/slack-doctor.ts';
import { destinationOf } from '../../domain/action.ts';
import type { Clock } from '../../domain/clock.ts';
import { emptyDirectory } from '../../domain/directory.ts';
import type { Ruleset } from '../../engine/load/ruleset.ts';
import { actionsOf, count } from './diagnose-rules.ts';
import type { Reporter } from './finding.ts';

export interface SlackQuestion {
  config: Config;
  clock: Clock;
  /** Undefined when the rules cannot be loaded: then only the token is looked at. */
  ruleset: Ruleset | undefined;
  /** Posts a message to each channel that a rule names, or to this one. */
  sendTest: boolean | string;
}

/** Whether the token works, whether the bot is in each channel that a rule names, and on demand a message to prove it. */
export async function diagnoseSlack(
  { config, clock, ruleset, sendTest }: SlackQuestion,
  report: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const actions = ruleset === undefined ? [] : actionsOf(ruleset).filter(({ type }) => destinationOf(type) === 'slack');
  const { botToken: token, apiUrl } = config.slack;
  if (token === undefined) {
    const remedy = 'Set SLACK_BOT_TOKEN.';
    if (sendTest !== false) return report.fail('not connected: no test message can be sent', remedy);
    if (actions.length === 0) return report.ok('not connected, and no rule posts there');
    return report.warn(`not connected, though the rules have ${count(actions.length, 'action')} for it`, remedy);
  }
  const written = new Set(
    actions.flatMap(({ params }) => (typeof params['channel'] === 'string' ? [params['channel']] : [])),
  );
  // The owner's messages are no rule's.
  const { ownerChannel, signingSecret } = config.slack;
  if (ownerChannel !== undefined) written.add(ownerChannel);
  const channels = [...written].filter((channel) => !channel.includes('{')).sort();
  const options = { token, apiUrl, clock, directory: ruleset?.directory ?? emptyDirectory() };

  const { auth, channels: diagnoses } = await slackDiagnose(options, channels, signal);
  if (!auth.ok) return report.fail(auth.reason, 'Check SLACK_BOT_TOKEN (xoxb-…), and SLACK_API_URL if it is set.');
  report.ok(`connected to ${auth.team} as ${auth.user}`);
  report.ok(
    signingSecret === undefined
      ? 'cards have no buttons: SLACK_SIGNING_SECRET is not set'
      : 'cards have buttons; clicks are taken at /slack/interactions',
  );
  for (const diagnosis of diagnoses) reportChannel(diagnosis, report);
  const unnamed = written.size - channels.length;
  if (unnamed > 0) report.ok(`${count(unnamed, 'channel')} of the rules only known when a rule fires: not looked at`);

  if (sendTest === false) return;
  for (const channel of typeof sendTest === 'string' ? [sendTest] : channels) {
    const sent = await slackSendTest(options, channel, signal);
    if (sent.ok) report.ok(`a test message was posted to ${channel}`);
    else report.fail(`no test message could be posted to ${channel}`, sent.reason);
  }
}

function reportChannel({ written, state, remedy = '' }: SlackChannelDiagnosis, report: Reporter): void {
  switch (state) {
    case 'member':
      report.ok(`the bot is in ${written}`);
      break;
    case 'unknown':
      report.warn(`whether the bot is in ${written} cannot be told`, remedy);
      break;
    case 'not_member':
      report.fail(`the bot is not in ${written}`, remedy);
      break;
    case 'archived':
      report.fail(`${written} is archived`, remedy);
      break;
    case 'not_found':
      report.fail(`there is no channel ${written} that the bot could see`, remedy);
      break;
  }
}
