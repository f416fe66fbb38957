#!/usr/bin/env node
/**
 * The bin of the package: plain JavaScript that any Node understands, because one that is too old cannot even read the
 * TypeScript that follows.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > 22 || (major === 22 && minor >= 18)) {
  await import('./main.ts');
} else {
  console.error(
    `vigia: this is Node ${process.versions.node}, and Vigia needs 22.18 or newer.\n` +
      '  Install a current Node, or start it through npm in its folder after "npm ci": that brings Node 24 along.',
  );
  process.exitCode = 1;
}
