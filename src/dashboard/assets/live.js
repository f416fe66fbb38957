// The stream of changes: htmx swaps what it brings; this tells whether it is there, and what is new to who does not look.
(() => {
  const words = JSON.parse(document.body.dataset.words ?? '{}');
  const source = document.getElementById('live');
  const pulse = document.getElementById('pulse');
  const notice = document.getElementById('notice');
  const announcer = document.getElementById('announcer');
  /** Two beats missed: the server beats every fifteen seconds at the most. */
  const SILENCE_MS = 40_000;
  let heardAt = performance.now();
  let state = 'connecting';

  function show(next, label) {
    if (pulse === null || state === next) return;
    state = next;
    pulse.dataset.state = next;
    pulse.title = label;
    pulse.querySelector('.label').textContent = label;
  }

  function tell(text) {
    if (notice === null) return;
    notice.textContent = text;
    notice.hidden = text === '';
  }

  function alive() {
    heardAt = performance.now();
    if (state === 'live') return;
    if (state === 'lost') announcer.textContent = words.back;
    show('live', words.live);
    tell('');
  }

  function lost() {
    if (state === 'lost') return;
    show('lost', words.reconnecting);
    tell(words.lost);
  }

  if (source !== null) {
    source.addEventListener('htmx:sse:after:connection', alive);
    source.addEventListener('htmx:sse:after:message', alive);
    source.addEventListener('htmx:sse:error', lost);
    source.addEventListener('htmx:sse:close', lost);
    source.addEventListener('beat', (event) => {
      document.dispatchEvent(new CustomEvent('vigia:now', { detail: event.detail.data }));
    });
    source.addEventListener('fault', () => tell(words.unreadable));
    setInterval(() => {
      if (document.hidden) return;
      if (performance.now() - heardAt > SILENCE_MS) lost();
      // The first connection failed, or the stream ended for good: htmx does not try again by itself.
      if (state === 'lost' && !source._htmx?.sse) htmx.trigger(source, 'vigia:connect');
    }, 3_000);
  }

  // What an action of the viewer came to nothing with: said where it is read out too.
  document.addEventListener('htmx:response:error', () => tell(words.failed));
  document.addEventListener('htmx:error', (event) => event.target === source || tell(words.failed));

  // New alerts are announced once each; those that the page came with are not new.
  const alertIds = () => new Set([...document.querySelectorAll('[data-alert]')].map(({ id }) => id));
  let known = alertIds();
  document.addEventListener('htmx:after:swap', () => {
    const present = alertIds();
    for (const id of present) {
      if (known.has(id)) continue;
      const name = document.getElementById(id)?.querySelector('strong')?.textContent ?? '';
      announcer.textContent = words.newAlert.replace('{}', name);
    }
    known = new Set([...known, ...present]);
  });
})();
