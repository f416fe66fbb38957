import type { Decision } from '../domain/decision.ts';
import type { ServiceObserver } from '../runtime/compose.ts';
import type { CliIo } from './io.ts';
import { type Colour, createStyle } from './style.ts';

/** Tells on the terminal what the service does, a line each: what rules concluded, what was done about it. */
const TOLD: Partial<Record<Decision['outcome'], Colour>> = {
  fired: 'yellow',
  resolved: 'green',
  limited: 'dim',
  excluded: 'dim',
  expired: 'red',
  error: 'red',
  skipped: 'dim',
};

export function createNarrator(io: CliIo, now: () => number): ServiceObserver {
  const style = createStyle(io, io.stdout);
  const tell = (line: string) => io.stdout.write(`${style('dim', clockTime(now()))}  ${line}\n`);
  return {
    decided({ ruleId, outcome, subject, reason, episodeId, step }) {
      const colour = TOLD[outcome];
      // Rules that count and record fire at every event: their lines would drown the others.
      if (colour === undefined || (outcome === 'fired' && episodeId === undefined)) return;
      const what = step === undefined || step === 0 ? outcome : `${outcome} (step ${step})`;
      tell(`${style(colour, what.padEnd(10))} ${ruleId}  chat ${subject}: ${reason}`);
    },
    settled({ spec, subject }, state) {
      const colour = state === 'delivered' ? 'green' : state === 'skipped' || state === 'queued' ? 'dim' : 'red';
      tell(`${style(colour, state.replace('_', ' ').padEnd(10))} ${spec.type}  chat ${subject}`);
    },
  };
}

/** Time of day in the machine's zone, as the sandbox's clock has it. */
function clockTime(at: number): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' }).format(at);
}
