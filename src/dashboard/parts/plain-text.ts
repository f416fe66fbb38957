/**
 * A Slack card's text as plain text: `<url|label>` becomes the label, mentions their name, entities their letters.
 * What stays is text and is escaped by the page like any other.
 */
export function plainText(mrkdwn: string): string {
  return mrkdwn
    .replaceAll(/<([^<>|]*)\|([^<>]*)>/g, '$2')
    .replaceAll(/<[@#!]?([^<>]*)>/g, '$1')
    .replaceAll(/(^|[\s(])([*_~])(?=\S)([^*_~\n]*\S)\2(?=$|[\s).,;:!?])/g, '$1$3')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
