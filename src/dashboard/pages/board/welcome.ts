import { html } from 'hono/html';
import type { DashboardSetup } from '../../deps.ts';
import type { Html, Render } from '../../view.ts';

/** Until the first event has come: how to make one come. */
export function welcome({ words }: Render, setup: DashboardSetup): Html {
  const { welcome: text } = words;
  const secret = setup.webhookHasSecret ? `/<${text.secret}>` : '';
  const address = `${setup.publicUrl ?? text.yourServer}/webhooks/zoho-desk${secret}`;
  return html`<section class="panel welcome" aria-labelledby="welcome-title">
  <h2 id="welcome-title">${text.title}</h2>
  <p>${text.intro}</p>
  <div class="ways">
    <div><h3>${text.demo}</h3><p>${text.demoText}</p><pre><code>npm run demo</code></pre></div>
    <div><h3>${text.connect}</h3>
      <ol>
        ${setup.hasOrgId ? '' : html`<li>${text.org}</li>`}
        ${setup.publicUrl === undefined ? html`<li>${text.publicUrl}</li>` : ''}
        <li>${text.webhook}<pre><code>${address}</code></pre></li>
        <li>${text.send}</li>
      </ol>
    </div>
  </div>
</section>`;
}
