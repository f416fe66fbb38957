import fc from 'fast-check';

/**
 * Property tests try the same cases on every run, so that a run that fails was broken by the change. Others are tried on
 * purpose: `FAST_CHECK_SEED=random npm test`, or a seed that a failure has printed.
 */
const wanted = process.env.FAST_CHECK_SEED ?? '20261123';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
