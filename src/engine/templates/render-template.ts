import { Context, type Emitter, LiquidError, type Template, toValueSync } from 'liquidjs';
import { type Escaping, liquidFor, toText } from './liquid.ts';
import { RenderTimeout, TemplateFault } from './template-fault.ts';

/**
 * The bounds of a rendering. What a template may do is counted, so that it depends on the template and its facts alone: the
 * nodes that it renders, and (Liquid's memory limit) the texts and lists that it makes. A busy machine refuses nothing.
 */
const MAX_STEPS = 20_000;
/** For what counting does not foresee, and for a process that got no time: says nothing about the template. */
const TIMEOUT_MS = 10_000;

export interface RenderTemplateOptions {
  /** What filters find beside the facts. */
  globals?: object;
}

/**
 * Renders a parsed template over these facts: a text, or with `typed` the value of the only thing it puts out.
 * @throws LiquidError, or TemplateFault when it takes too many steps: the same each time
 * @throws RenderTimeout when it took too long in real time: another try may succeed
 */
export function renderTemplate(
  template: Template[],
  escaping: Escaping,
  facts: object,
  { globals = {} }: RenderTemplateOptions = {},
): unknown {
  const liquid = liquidFor(escaping);
  const context = new Context(facts, liquid.options, { globals, sync: true }, { renderLimit: toLimiter(), liquid });
  const { emitter, value } = createOutput(context, escaping === 'typed');
  try {
    toValueSync(liquid.renderer.renderTemplates(template, context, emitter));
    return value();
  } catch (error) {
    // Within a tag, Liquid wraps what is thrown.
    const cause = error instanceof LiquidError ? error.originalError : error;
    throw cause instanceof RenderTimeout ? cause : error;
  }
}

type Limiter = Context['renderLimit'];

/** Guarantee: of this limiter Liquid calls `check` alone, before each node, with its clock (ms). */
function toLimiter(): Limiter {
  return createStepLimiter() as unknown as Limiter;
}

function createStepLimiter(): { check: (now: number) => void } {
  let steps = 0;
  let startedAt: number | undefined;
  return {
    check(now) {
      steps += 1;
      if (steps > MAX_STEPS) throw new TemplateFault(`it takes more than ${MAX_STEPS} steps: its loops are too long`);
      startedAt ??= now;
      if (now - startedAt > TIMEOUT_MS) throw new RenderTimeout(TIMEOUT_MS);
    },
  };
}

/** Liquid's own emitters count nothing: a loop over a long text could write without an end. */
function createOutput({ memoryLimit }: Context, keepsType: boolean): { emitter: Emitter; value: () => unknown } {
  let output: unknown = '';
  function write(value: unknown): void {
    if (keepsType && output === '' && typeof value !== 'string') {
      output = value;
      return;
    }
    const text = toText(value);
    memoryLimit.use(text.length);
    output = toText(output) + text;
  }
  return { emitter: { buffer: '', write }, value: () => output };
}
