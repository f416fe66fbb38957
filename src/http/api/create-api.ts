import { Hono } from 'hono';
import type { AppDeps, AppEnv } from '../app-deps.ts';
import { createActionRoutes } from './actions.ts';
import { createAlertGroupRoutes } from './alert-groups.ts';
import { createAlertRoutes } from './alerts.ts';
import { createRecordRoutes, createTileRoutes } from './board.ts';
import { createDecisionRoutes } from './decisions.ts';
import { createEventRoutes, createRejectedRoutes } from './events.ts';
import { createExplainRoutes } from './explain.ts';
import { createExportRoutes } from './export.ts';
import { createGapRoutes } from './gaps.ts';
import { createHoldRoutes } from './holds.ts';
import { createInvariantRoutes } from './invariants.ts';
import { createPauseRoutes } from './pauses.ts';
import { createReconciliationRoutes } from './reconciliation.ts';
import { createRuleRoutes } from './rules.ts';
import { createSessionRoutes } from './sessions.ts';
import { createSilenceRoutes } from './silences.ts';
import { createVocabularyRoutes } from './vocabulary.ts';

/** The JSON API, to be mounted at `/api/v1` behind the token. A file per noun: its schema, its rows as JSON, its routes. */
export function createApi(deps: AppDeps): Hono<AppEnv> {
  // Without a portal nothing has been stored: the lists are empty.
  const orgId = deps.config.zoho.orgId ?? '';
  return new Hono<AppEnv>()
    .route('/sessions', createSessionRoutes(deps, orgId))
    .route('/decisions', createDecisionRoutes(deps, orgId))
    .route('/explain', createExplainRoutes(deps, orgId))
    .route('/gaps', createGapRoutes(deps, orgId))
    .route('/reconciliation', createReconciliationRoutes(deps, orgId))
    .route('/holds', createHoldRoutes(deps, orgId))
    .route('/alerts', createAlertRoutes(deps, orgId))
    .route('/alert-groups', createAlertGroupRoutes(deps, orgId))
    .route('/actions', createActionRoutes(deps, orgId))
    .route('/rules', createRuleRoutes(deps))
    .route('/events', createEventRoutes(deps, orgId))
    .route('/rejected', createRejectedRoutes(deps, orgId))
    .route('/export', createExportRoutes(deps, orgId))
    .route('/tiles', createTileRoutes(deps, orgId))
    .route('/records', createRecordRoutes(deps, orgId))
    .route('/silences', createSilenceRoutes(deps, orgId))
    .route('/pauses', createPauseRoutes(deps, orgId))
    .route('/vocabulary', createVocabularyRoutes(deps, orgId))
    .route('/invariants', createInvariantRoutes(deps));
}
