// Times on the page: in the viewer's zone, and ticking. The service's time comes with the page and with each beat of the
// stream; it may run faster than the viewer's (the sandbox's does).
(() => {
  const { body, documentElement: root } = document;
  const words = JSON.parse(body.dataset.words ?? '{}');
  const scale = Number(body.dataset.scale) || 1;
  let base = { service: Number(body.dataset.now), local: performance.now() };
  const now = () => base.service + (performance.now() - base.local) * scale;
  document.addEventListener('vigia:now', (event) => {
    base = { service: Number(event.detail), local: performance.now() };
  });

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // The next page comes in this zone; a page that came in another is put right here, by the formats of view.ts.
  if (zone) {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
    document.cookie = `vigia_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
  }
  const isOtherZone = Boolean(zone) && root.dataset.zone !== zone;
  const format = (options) => new Intl.DateTimeFormat(root.lang, { timeZone: zone, hourCycle: 'h23', ...options });
  const clock = { hour: '2-digit', minute: '2-digit' };
  const formats = isOtherZone && {
    time: format({ ...clock, second: '2-digit' }),
    dated: format({ ...clock, day: 'numeric', month: 'short' }),
    moment: format({ dateStyle: 'full', timeStyle: 'long' }),
    day: format({ dateStyle: 'short', hourCycle: undefined }),
    zone: format({ timeZoneName: 'short' }),
  };

  function localise(element) {
    const at = Date.parse(element.dateTime);
    if (!formats || Number.isNaN(at)) return;
    element.title = formats.moment.format(at);
    if (!('time' in element.dataset)) return;
    const isToday = formats.day.format(at) === formats.day.format(now());
    const text = (isToday ? formats.time : formats.dated).format(at);
    if (element.textContent !== text) element.textContent = text;
  }

  const UNITS = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ];

  /** The two largest units, as on the server: `4m 12s`. */
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

  function tick() {
    const at = now();
    for (const element of document.querySelectorAll('time[data-tick]')) {
      const target = Date.parse(element.dateTime);
      const text = element.dataset.text ?? '{}';
      let shown;
      if (element.dataset.tick === 'since') shown = text.replace('{}', span(at - target));
      else if (target - at >= 1000) shown = text.replace('{}', span(target - at));
      else shown = target - at > -5000 ? words.dueNow : words.overdue.replace('{}', span(at - target));
      if (element.textContent !== shown) element.textContent = shown;
      element.classList.toggle('soon', element.dataset.tick === 'until' && target - at < 60_000);
    }
    for (const bar of document.querySelectorAll('progress[data-from]')) {
      bar.value = Math.min(bar.max, Math.max(0, at - Number(bar.dataset.from)));
    }
    if (formats) for (const element of document.querySelectorAll('time[datetime]')) localise(element);
  }

  if (formats) {
    const name = formats.zone.formatToParts(now()).find(({ type }) => type === 'timeZoneName')?.value ?? zone;
    for (const element of document.querySelectorAll('[data-zone-name]')) element.textContent = name;
  }
  tick();
  // A hidden page needs no ticking; a faster service ticks faster.
  setInterval(() => document.hidden || tick(), Math.max(100, 1000 / Math.min(scale, 10)));
  document.addEventListener('visibilitychange', () => document.hidden || tick());
  document.addEventListener('htmx:after:swap', tick);
})();
