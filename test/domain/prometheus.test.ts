import { expect, it } from 'vitest';
import { createMetricsRegistry } from '../../src/domain/prometheus.ts';

it('renders counters, gauges and histograms in the text format of Prometheus', () => {
  const registry = createMetricsRegistry();
  const requests = registry.counter('requests_total', 'Requests.');
  requests.add(1, { outcome: 'good' });
  requests.add(2, { outcome: 'good' });
  requests.add(1, { outcome: 'a "b"\\\n' });
  registry.gauge('waiting', 'Waiting.').set(7);
  const seconds = registry.histogram('seconds', 'Seconds.', [0.1, 1]);
  for (const value of [0.05, 0.5, 5]) seconds.observe(value);
  expect(registry.render()).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{outcome="good"} 3
requests_total{outcome="a \\"b\\"\\\\\\n"} 1
# HELP waiting Waiting.
# TYPE waiting gauge
waiting 7
# HELP seconds Seconds.
# TYPE seconds histogram
seconds_bucket{le="0.1"} 1
seconds_bucket{le="1"} 2
seconds_bucket{le="+Inf"} 3
seconds_sum 5.55
seconds_count 3
`);
});

it('a gauge forgets labels that are gone', () => {
  const registry = createMetricsRegistry();
  const gauge = registry.gauge('actions', 'Actions.');
  gauge.set(1, { state: 'queued' });
  gauge.clear();
  gauge.set(2, { state: 'dead' });
  expect(registry.render()).not.toContain('queued');
});

it('refuses two metrics of one name', () => {
  const registry = createMetricsRegistry();
  registry.counter('a', 'A.');
  expect(() => registry.gauge('a', 'A.')).toThrow(RangeError);
});
