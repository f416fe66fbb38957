import { html } from 'hono/html';
import { logo } from '../parts/icons.ts';
import type { Html, Render } from '../view.ts';

/** The form that POST /login takes: the fields `token` and `next`. */
export function loginPage({ words }: Render, { failed, next }: { failed: boolean; next: string }): Html {
  const { login } = words;
  return html`<section class="login panel" aria-labelledby="login-title">
  <p class="login-brand">${logo}<span>Vigia</span></p>
  <h1 id="login-title">${login.title}</h1>
  <p class="dim">${login.intro}</p>
  <form method="post" action="/login">
    <input type="hidden" name="next" value="${next}">
    <label for="token">${login.token}</label>
    <input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="token-hint"${failed ? html` aria-invalid="true"` : ''}>
    <p id="token-hint" class="${failed ? 'bad' : 'dim'}"${failed ? html` role="alert"` : ''}>${failed ? login.failed : login.hint}</p>
    <button type="submit" class="primary">${login.submit}</button>
  </form>
</section>`;
}
