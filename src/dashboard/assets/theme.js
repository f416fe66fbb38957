// Light or dark: the system's choice, until the viewer makes one.
(() => {
  const root = document.documentElement;
  const button = document.getElementById('theme');
  if (button === null) return;
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const current = () => root.dataset.theme ?? (dark.matches ? 'dark' : 'light');
  button.hidden = false;
  button.addEventListener('click', () => {
    const next = current() === 'dark' ? 'light' : 'dark';
    root.dataset.theme = next;
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet
    document.cookie = `vigia_theme=${next}; path=/; max-age=31536000; samesite=lax`;
  });
})();
