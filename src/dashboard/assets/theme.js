// Light or dark: the system's choice, until somebody wants the other one. What is kept is only a difference from it.
(() => {
  const root = document.documentElement;
  const button = document.getElementById('theme');
  if (button === null) return;
  const prefersDark = matchMedia('(prefers-color-scheme: dark)');
  const system = () => (prefersDark.matches ? 'dark' : 'light');

  button.hidden = false;
  button.addEventListener('click', () => {
    const next = (root.dataset.theme ?? system()) === 'dark' ? 'light' : 'dark';
    const kept = next === system() ? undefined : next;
    if (kept === undefined) delete root.dataset.theme;
    else root.dataset.theme = kept;
    window.vigia.writeCookie('vigia_theme', kept);
  });
})();
