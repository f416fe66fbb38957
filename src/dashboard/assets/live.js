// The live stream's life as the viewer sees it, and what a swap must not disturb: focus, open details, ticking times.
(() => {
  const { words, sync, tick } = window.vigia;
  const live = document.getElementById('live');
  const pulse = document.getElementById('pulse');
  const notice = document.getElementById('notice');
  const announcer = document.getElementById('announcer');

  /** Longer than two heartbeats of the server: some proxy swallowed the stream. */
  const SILENCE_MS = 25000;
  /** A stream that is renewed in its time is back before this; nobody needs to hear of it. */
  const GRACE_MS = 2500;
  const RETRY_MS = 3000;
  const FRESH_MS = 2000;

  // ---- what is told ----

  function say(text) {
    announcer.textContent = text;
  }

  let noticed;
  function showNotice(kind, text) {
    noticed = kind;
    notice.textContent = text;
    notice.hidden = false;
  }
  function clearNotice(kind) {
    if (noticed !== kind) return;
    noticed = undefined;
    notice.hidden = true;
  }

  // ---- the stream ----

  let connection;
  let heardAt = performance.now();
  let grace;
  let retry;

  function setState(state) {
    if (pulse === null || pulse.dataset.state === state) return;
    const wasLost = pulse.dataset.state === 'reconnecting';
    pulse.dataset.state = state;
    const label = state === 'live' ? words.live : words.reconnecting;
    pulse.title = label;
    pulse.querySelector('.label').textContent = label;
    if (state === 'reconnecting') showNotice('lost', words.lost);
    if (state === 'live') {
      clearNotice('lost');
      if (wasLost) say(words.back);
    }
  }

  function hear() {
    heardAt = performance.now();
    clearTimeout(grace);
    grace = undefined;
    setState('live');
  }

  function lose() {
    clearTimeout(grace);
    grace = undefined;
    setState('reconnecting');
  }

  function connectLater() {
    clearTimeout(retry);
    retry = setTimeout(() => window.htmx.trigger(live, 'vigia:connect'), RETRY_MS);
  }

  if (live !== null) {
    live.addEventListener('htmx:sse:before:connection', (event) => {
      ({ connection } = event.detail);
      grace ??= setTimeout(lose, GRACE_MS);
    });
    live.addEventListener('htmx:sse:after:connection', () => {
      heardAt = performance.now();
    });
    live.addEventListener('beat', (event) => {
      hear();
      sync(Number(event.detail.data));
    });
    live.addEventListener('fault', () => showNotice('fault', words.unreadable));
    live.addEventListener('htmx:sse:error', (event) => {
      if (event.detail.status === 401) location.reload();
      lose();
    });
    live.addEventListener('htmx:sse:close', () => {
      lose();
      connectLater();
    });
    // The very first request has no stream yet that would try again by itself.
    live.addEventListener('htmx:error', () => {
      lose();
      connectLater();
    });
    setInterval(() => {
      if (document.hidden || performance.now() - heardAt < SILENCE_MS) return;
      heardAt = performance.now();
      lose();
      connection?.reader?.cancel();
    }, 5000);
  }

  // ---- requests ----

  document.addEventListener('htmx:config:request', (event) => {
    const { ctx } = event.detail;
    // Not text/html: a login that has ended must be answered by 401 and not by the form to log in with.
    ctx.request.headers.Accept = ctx.sourceElement === live ? 'text/event-stream' : '*/*';
  });
  document.addEventListener('htmx:response:error', (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status === 401) location.reload();
    else if (ctx.sourceElement === live) {
      lose();
      connectLater();
    } else showNotice('failed', words.failed.replace('{}', ctx.response.status));
  });

  // ---- swaps ----

  const freshUntil = new Map();

  /** New rows are marked for a moment, and stay marked when the next swap comes within it. */
  function markFresh(fragment) {
    const now = performance.now();
    for (const row of fragment.querySelectorAll('li.row[id], li.entry[id]')) {
      if (document.getElementById(row.id) === null) freshUntil.set(row.id, now + FRESH_MS);
      const until = freshUntil.get(row.id);
      if (until === undefined) continue;
      if (until > now) row.classList.add('fresh');
      else freshUntil.delete(row.id);
    }
  }

  function keepOpen(fragment) {
    for (const details of fragment.querySelectorAll('details[id]')) {
      if (document.getElementById(details.id)?.open) details.open = true;
    }
  }

  const alertIds = () => new Set([...document.querySelectorAll('#alerts [data-alert]')].map(({ id }) => id));
  let knownAlerts = alertIds();
  let focused;

  document.addEventListener('htmx:before:swap', (event) => {
    for (const { fragment } of event.detail.tasks) {
      if (fragment === undefined) continue;
      tick(fragment);
      keepOpen(fragment);
      markFresh(fragment);
    }
    const active = document.activeElement;
    focused =
      active === null || active === document.body
        ? undefined
        : [active.id, active.closest('li[id]')?.id, active.closest('.panel')?.id];
  });

  document.addEventListener('htmx:after:swap', (event) => {
    if (event.detail.ctx.sourceElement === live) clearNotice('fault');
    else clearNotice('failed');
    restoreFocus();
    const present = alertIds();
    if ([...present].some((id) => !knownAlerts.has(id))) say(words.newAlert.replace('{}', String(present.size)));
    knownAlerts = present;
  });

  /** When what had the focus is gone (an alert was acknowledged), its row takes it, or else its panel. */
  function restoreFocus() {
    if (focused === undefined || (document.activeElement !== null && document.activeElement !== document.body)) return;
    const [self, row, panel] = focused.map((id) => (id ? document.getElementById(id) : null));
    const heir = self ?? row ?? panel?.querySelector('.panel-body');
    heir?.focus({ preventScroll: true });
  }
})();
