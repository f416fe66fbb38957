import type { Pause, Silence } from '../domain/mute.ts';
import { createPause, liftPause, type PauseRequest } from './pauses.ts';
import { previewSilence, type SilencePreview } from './preview-silence.ts';
import { createSilence, extendSilence, liftSilence, type MuteDeps, type SilenceRequest } from './silences.ts';

/** What people can do about silences and pauses. `by`: who does it, for the audit. All throw AppErrors. */
export interface MuteVerbs {
  previewSilence(orgId: string, request: SilenceRequest): Promise<SilencePreview>;
  createSilence(orgId: string, request: SilenceRequest, by: string): Promise<Silence>;
  extendSilence(orgId: string, id: string, ms: number, by: string): Promise<void>;
  liftSilence(orgId: string, id: string, by: string): Promise<void>;
  createPause(orgId: string, request: PauseRequest, by: string): Promise<Pause>;
  liftPause(orgId: string, id: string, by: string): Promise<void>;
}

export function createMuteVerbs(deps: MuteDeps): MuteVerbs {
  const told = async <T>(done: Promise<T>): Promise<T> => {
    const result = await done;
    deps.onChanged?.();
    return result;
  };
  return {
    previewSilence: (orgId, request) => previewSilence(deps, orgId, request),
    createSilence: (orgId, request, by) => told(createSilence(deps, orgId, request, by)),
    extendSilence: (orgId, id, ms, by) => told(extendSilence(deps, orgId, id, ms, by)),
    liftSilence: (orgId, id, by) => told(liftSilence(deps, orgId, id, by)),
    createPause: (orgId, request, by) => told(createPause(deps, orgId, request, by)),
    liftPause: (orgId, id, by) => told(liftPause(deps, orgId, id, by)),
  };
}
