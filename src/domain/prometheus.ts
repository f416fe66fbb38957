/**
 * Counters, gauges and histograms in the text format that Prometheus reads. Own code: the usual client requires
 * `cluster`, `http`, `v8` and other modules of Node when it is loaded, which does not bundle for Workers, and the format is
 * small. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(count: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
  /** Forgets all values: before a gauge is set anew whose labels come and go. */
  clear(): void;
}

export interface Histogram {
  observe(value: number): void;
}

export interface MetricsRegistry {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  /** `bounds`: upper bounds of the buckets, ascending, without infinity. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  render(): string;
}

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const LABEL_ESCAPES: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"\n]/g, (char) => LABEL_ESCAPES[char] ?? char)}"`,
  );
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

export function createMetricsRegistry(): MetricsRegistry {
  const families = new Map<string, () => string[]>();

  function register(name: string, help: string, type: string, samples: () => string[]): void {
    if (families.has(name)) throw new RangeError(`the metric ${name} exists already`);
    families.set(name, () => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples()]);
  }

  function createSamples(name: string, help: string, type: 'counter' | 'gauge') {
    const values = new Map<string, number>();
    register(name, help, type, () => [...values].map(([labels, value]) => `${name}${labels} ${value}`));
    return values;
  }

  return {
    counter(name, help) {
      const values = createSamples(name, help, 'counter');
      return {
        add(count, labels = {}) {
          const key = renderLabels(labels);
          values.set(key, (values.get(key) ?? 0) + count);
        },
      };
    },
    gauge(name, help) {
      const values = createSamples(name, help, 'gauge');
      return {
        set: (value, labels = {}) => void values.set(renderLabels(labels), value),
        clear: () => values.clear(),
      };
    },
    histogram(name, help, bounds) {
      const counts = bounds.map(() => 0);
      let sum = 0;
      let count = 0;
      register(name, help, 'histogram', () => [
        ...bounds.map((bound, index) => `${name}_bucket{le="${bound}"} ${counts[index]}`),
        `${name}_bucket{le="+Inf"} ${count}`,
        `${name}_sum ${sum}`,
        `${name}_count ${count}`,
      ]);
      return {
        observe(value) {
          sum += value;
          count += 1;
          // Buckets are cumulative.
          for (const [index, bound] of bounds.entries()) if (value <= bound) counts[index] = (counts[index] ?? 0) + 1;
        },
      };
    },
    render: () => `${[...families.values()].flatMap((family) => family()).join('\n')}\n`,
  };
}
