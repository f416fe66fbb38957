/** Instants for people: in one zone, which is named beside them. */
export type FormatTime = (at: number) => string;

/** @param zone an IANA name, or UTC */
export function createFormatTime(zone: string, lang: string): FormatTime {
  const format = new Intl.DateTimeFormat(lang === 'en' ? 'en-GB' : lang, {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  return (at) => `${format.format(at).replace(',', '')} ${zone}`;
}
