import { type Counter, createMetricsRegistry, type Gauge, type Histogram, type MetricsRegistry } from './prometheus.ts';

/**
 * What the service counts. Counters are this process's own, since its start; gauges are read from the database when
 * somebody asks (see http/metrics-route.ts), so they tell of all processes.
 */
export interface Metrics {
  registry: MetricsRegistry;
  /** Label `outcome`: accepted, malformed, not_authentic, too_large, not_found, unavailable. */
  webhookRequests: Counter;
  /** From the arrival of the request until its answer, in seconds. */
  webhookSeconds: Histogram;
  /** Label `outcome`: stored, repeated, rejected. */
  events: Counter;
  /** Label `outcome`: those of domain/decision.ts. */
  decisions: Counter;
  /** Labels `type` and `state`: actions that came to an end, by how. */
  actions: Counter;
  /** Status changes whose old status was not the one that we had. */
  gaps: Counter;
  /** Status changes that no webhook told, found by reconciliation. */
  inferred: Counter;
  /** Credits of Zoho Desk that reconciliation has spent today (UTC), of all processes. */
  reconcileCredits: Gauge;
  /** Since the last event that was sent to us; without a value when none ever was. */
  secondsSinceLastEvent: Gauge;
  inboxEvents: Gauge;
  inboxOldestSeconds: Gauge;
  holdsRunning: Gauge;
  alertsOpen: Gauge;
  /** Label `state`: actions that have not come to an end. */
  actionsUnfinished: Gauge;
  pausesInForce: Gauge;
  silencesInForce: Gauge;
  /** Label `by`, pause or silence: actions that wait for its end. */
  actionsHeld: Gauge;
  rules: Gauge;
}

/** Zoho waits 5 s; the goal is an answer well under 2 s. */
const ANSWER_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

export function createMetrics(): Metrics {
  const registry = createMetricsRegistry();
  return {
    registry,
    webhookRequests: registry.counter('vigia_webhook_requests_total', 'Webhook requests by outcome.'),
    webhookSeconds: registry.histogram('vigia_webhook_answer_seconds', 'Time to answer a webhook.', ANSWER_BOUNDS),
    events: registry.counter('vigia_events_total', 'Events received by outcome.'),
    decisions: registry.counter('vigia_decisions_total', 'Decisions of rules by outcome.'),
    actions: registry.counter('vigia_actions_total', 'Actions that came to an end, by type and state.'),
    gaps: registry.counter('vigia_gaps_total', 'Status changes whose old status was not the one that was known.'),
    inferred: registry.counter('vigia_transitions_inferred_total', 'Status changes that no webhook told.'),
    reconcileCredits: registry.gauge('vigia_reconcile_credits', 'API credits that reconciliation has spent today.'),
    secondsSinceLastEvent: registry.gauge('vigia_seconds_since_last_event', 'Time since an event came.'),
    inboxEvents: registry.gauge('vigia_inbox_events', 'Events that wait to be judged.'),
    inboxOldestSeconds: registry.gauge('vigia_inbox_oldest_seconds', 'Age of the oldest event that waits.'),
    holdsRunning: registry.gauge('vigia_holds_running', 'Holds that run towards their firing.'),
    alertsOpen: registry.gauge('vigia_alerts_open', 'Alerts that are not resolved.'),
    actionsUnfinished: registry.gauge('vigia_actions_unfinished', 'Actions that are not finished, by state.'),
    pausesInForce: registry.gauge('vigia_pauses_in_force', 'Pauses that stop actions now.'),
    silencesInForce: registry.gauge('vigia_silences_in_force', 'Silences in force, those between two stretches too.'),
    actionsHeld: registry.gauge('vigia_actions_held', 'Actions that wait for the end of a pause or silence.'),
    rules: registry.gauge('vigia_rules', 'Rules in force.'),
  };
}
