import { lockDataDir } from '../../src/runtime/data-dir-lock.ts';

/**
 * A process that holds a data folder until it is killed, as on some platform: `node hold-data-dir.ts <folder>
 * <platform>`. Says `held` when it does.
 */
const [, , dataDir = '', platform] = process.argv;
await lockDataDir(dataDir, platform === 'darwin' ? platform : process.platform);
console.log('held');
setInterval(() => undefined, 60_000);
