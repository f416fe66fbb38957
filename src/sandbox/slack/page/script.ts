/**
 * What runs in the browser: poll, merge by id, keep the scroll position, count what is new in the other channels. Plain
 * script, served as it is.
 */
export const pageScript = `'use strict';
(() => {
  const POLL_MS = 1000;
  const { channel, lang } = document.body.dataset;
  let version = document.body.dataset.version;
  const scroll = document.querySelector('.scroll');
  const jump = document.querySelector('.jump');
  const offline = document.querySelector('.offline');
  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const toEnd = () => { scroll.scrollTop = scroll.scrollHeight; };

  /** Makes the children of the present list those of the fresh one, touching only what differs. */
  function merge(present, fresh, isNew) {
    const wanted = new Set([...fresh.children].map((item) => item.id));
    for (const item of [...present.children]) if (!wanted.has(item.id)) item.remove();
    [...fresh.children].forEach((item, index) => {
      const known = document.getElementById(item.id);
      const at = present.children[index] ?? null;
      if (known !== null && known.dataset.revision === item.dataset.revision) {
        if (known !== at) present.insertBefore(known, at);
      } else if (known !== null) {
        for (const open of known.querySelectorAll('details[open]')) {
          item.querySelector('details[data-key="' + open.dataset.key + '"]')?.setAttribute('open', '');
        }
        const held = known.contains(document.activeElement);
        known.replaceWith(item);
        // Who clicked by keyboard goes on from the same message.
        if (held) (item.querySelector('button, select') ?? item).focus();
        isNew(item, true);
      } else {
        present.insertBefore(item, at);
        isNew(item, false);
      }
    });
  }

  function remembered() {
    try { return JSON.parse(sessionStorage.getItem('seen') ?? '{}'); } catch { return {}; }
  }

  function badges() {
    const seen = remembered();
    for (const link of document.querySelectorAll('#channels a')) {
      const id = link.parentElement.id.slice(1);
      const posted = Number(link.dataset.posted);
      if (id === channel || seen[id] === undefined || seen[id] > posted) seen[id] = posted;
      const count = posted - seen[id];
      const badge = link.querySelector('.badge');
      badge.textContent = count > 99 ? '99+' : String(count);
      badge.hidden = count === 0;
      link.classList.toggle('unread', count > 0);
    }
    try { sessionStorage.setItem('seen', JSON.stringify(seen)); } catch { /* private mode: badges start anew */ }
  }

  async function poll() {
    if (!document.hidden) {
      try {
        const query = new URLSearchParams({ channel, since: version });
        if (lang !== '') query.set('lang', lang);
        const response = await fetch('/view?' + query, { signal: AbortSignal.timeout(5000) });
        if (response.status === 200) {
          const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
          const stay = isAtEnd();
          merge(document.getElementById('channels'), fresh.getElementById('channels'), () => {});
          merge(document.getElementById('messages'), fresh.getElementById('messages'), (item, changed) => {
            item.classList.add(changed ? 'changed' : 'fresh');
          });
          version = response.headers.get('x-version');
          if (stay) toEnd(); else jump.hidden = false;
          badges();
        }
        offline.hidden = response.ok;
      } catch {
        offline.hidden = false;
      }
    }
    setTimeout(poll, POLL_MS);
  }

  /** A click goes to the stand-in, which signs it and sends it to the app as Slack does. */
  async function play(element, value) {
    const { action: actionId, ts } = element.dataset;
    element.disabled = true;
    element.parentElement.querySelector('.failed')?.remove();
    let ok = false;
    try {
      const body = JSON.stringify({ channelId: channel, ts, actionId, ...(value === undefined ? {} : { value }) });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch('/click', { method: 'POST', headers, body });
      ok = response.ok && (await response.json()).ok;
    } catch { /* told below */ }
    element.disabled = false;
    if (element.tagName === 'SELECT') element.value = '';
    if (ok) return;
    const note = document.createElement('span');
    note.className = 'note failed';
    note.setAttribute('role', 'alert');
    note.textContent = document.body.dataset.clickFailed;
    element.parentElement.append(note);
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button[data-action]');
    if (button !== null) play(button);
  });
  document.addEventListener('change', (event) => {
    const menu = event.target.closest('select[data-action]');
    if (menu !== null && menu.value !== '') play(menu, menu.value);
  });
  scroll.addEventListener('scroll', () => { if (isAtEnd()) jump.hidden = true; }, { passive: true });
  jump.addEventListener('click', toEnd);
  badges();
  if (location.hash === '') toEnd();
  setTimeout(poll, POLL_MS);
})();
`;
