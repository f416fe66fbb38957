// The service's time in the browser: countdowns tick, and times are told in the viewer's own zone.
(() => {
  const { body, documentElement: root } = document;
  const words = JSON.parse(body.dataset.words);
  const scale = Number(body.dataset.scale);
  let base = { service: Number(body.dataset.now), local: performance.now() };

  /** The service's time: its clock may differ from this machine's, and in the sandbox it runs faster. */
  const now = () => base.service + (performance.now() - base.local) * scale;

  function sync(service) {
    base = { service, local: performance.now() };
    tick(document);
  }

  const UNITS = [
    ['d', 86400000],
    ['h', 3600000],
    ['m', 60000],
    ['s', 1000],
  ];

  /** The two largest units, as the server writes them: 4m 12s. */
  function span(ms) {
    let rest = Math.max(0, ms);
    const parts = [];
    for (const [unit, unitMs] of UNITS) {
      const count = Math.floor(rest / unitMs);
      rest -= count * unitMs;
      if (count > 0 || (unit === 's' && parts.length === 0)) parts.push(`${count}${words.units[unit]}`);
      else if (parts.length > 0) break;
      if (parts.length === 2) break;
    }
    return parts.join(' ');
  }

  function textOf({ kind, at, text }) {
    const left = at - now();
    if (kind === 'since') return text.replace('{}', () => span(-left));
    if (left >= 1000) return text.replace('{}', () => span(left));
    return left > -5000 ? words.dueNow : words.overdue.replace('{}', () => span(-left));
  }

  /** Brings every ticking time within `part` (the document, or a fragment that is not in it yet) up to date. */
  function tick(part) {
    for (const time of part.querySelectorAll('time[data-tick]')) {
      const at = Date.parse(time.dateTime);
      const text = textOf({ kind: time.dataset.tick, at, text: time.dataset.text });
      if (time.textContent !== text) time.textContent = text;
      const isNear = time.dataset.tick === 'until' && at - now() < 60000;
      if (time.classList.contains('near') !== isNear) time.classList.toggle('near', isNear);
    }
    for (const bar of part.querySelectorAll('progress[data-from]')) {
      bar.value = Math.min(bar.max, Math.max(0, now() - Number(bar.dataset.from)));
    }
  }

  function readCookie(name) {
    return document.cookie
      .split('; ')
      .find((one) => one.startsWith(`${name}=`))
      ?.slice(name.length + 1);
  }

  function writeCookie(name, value) {
    const age = value === undefined ? 0 : 31536000;
    // biome-ignore lint/suspicious/noDocumentCookie: the cookie store is asynchronous, and the stream is opened right after this
    document.cookie = `${name}=${value ?? ''}; path=/; max-age=${age}; samesite=lax`;
  }

  /** On a first visit the page came in another zone. The server writes the next one in this; the options are its own (view.ts). */
  function adoptZone() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone === undefined || root.dataset.zone === zone) return;
    const known = readCookie('vigia_zone') === encodeURIComponent(zone);
    if (!known) writeCookie('vigia_zone', encodeURIComponent(zone));
    root.dataset.zone = zone;
    const format = (options) => new Intl.DateTimeFormat(root.lang, { timeZone: zone, ...options });
    const time = format({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
    const dated = format({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    const moment = format({ dateStyle: 'full', timeStyle: 'long', hourCycle: 'h23' });
    const day = format({ dateStyle: 'short' });
    for (const element of document.querySelectorAll('time[datetime]')) {
      const at = Date.parse(element.dateTime);
      element.title = moment.format(at);
      if ('time' in element.dataset) {
        element.textContent = (day.format(at) === day.format(now()) ? time : dated).format(at);
      }
    }
    const name = format({ timeZoneName: 'short' })
      .formatToParts(now())
      .find(({ type }) => type === 'timeZoneName')?.value;
    for (const element of document.querySelectorAll('[data-zone-name]')) {
      element.textContent = name ?? zone;
      element.parentElement.title = element.parentElement.title.replace(/\S+$/, zone);
    }
  }

  adoptZone();
  tick(document);
  // Nobody looks at a hidden page; when it is looked at again it must be right at once.
  const tickIfSeen = () => document.hidden || tick(document);
  setInterval(tickIfSeen, Math.max(200, 1000 / scale));
  document.addEventListener('visibilitychange', tickIfSeen);
  window.vigia = { words, now, sync, tick, readCookie, writeCookie };
})();
