import { type Template, Tokenizer, TypeGuards, toValueSync, Value, type Variable } from 'liquidjs';
import { isTemplate, liquidFor } from './liquid.ts';
import { renderTemplate } from './render-template.ts';
import { describeLiquidError, RenderTimeout, TemplateFault } from './template-fault.ts';

/** One thing that a template reads, such as `session.status`. */
export interface TemplatePath {
  /** `session` */
  root: string;
  /** `['status']`, as far as it is written out. */
  segments: string[];
  /** It goes on through another variable, as in `session.timeIn[session.status]`. */
  dynamic: boolean;
  /** Where it stands, in UTF-16 units from the template's start. */
  offset: number;
}

export interface TemplateAnalysis {
  readonly ok: boolean;
  /** Names of the facts that it reads; loop variables and assigned ones are not among them, nor is `results`. */
  readonly facts: readonly string[];
  readonly paths: readonly TemplatePath[];
  /** Ids of the actions whose results it reads. */
  readonly resultsRead: readonly string[];
  /** Why it is no template; then the rest is empty. */
  readonly fault?: TemplateFaultAt;
}

/** `unknown` names the filter or tag when it is not one that templates have. */
export interface TemplateFaultAt {
  message: string;
  offset: number;
  unknown?: { kind: 'filter' | 'tag'; name: string };
}

/** The check and the loading of a rule both ask, and so does each reload: analysing takes some 50 µs. */
const analysed = new Map<string, TemplateAnalysis>();
const MAX_ANALYSED = 20_000;

/** Reads a template without rendering it for anybody: what it needs, and whether it can work at all. */
export function analyseTemplate(text: string): TemplateAnalysis {
  const known = analysed.get(text);
  if (known !== undefined) return known;
  const analysis = analyse(text);
  const [oldest] = analysed.size >= MAX_ANALYSED ? analysed.keys() : [];
  if (oldest !== undefined) analysed.delete(oldest);
  analysed.set(text, analysis);
  return analysis;
}

function analyse(text: string): TemplateAnalysis {
  const paths: TemplatePath[] = [];
  if (isTemplate(text)) {
    try {
      const template = liquidFor('plain').parse(text);
      checkOutputs(text);
      checkExpressions(template);
      paths.push(...readPaths(template, text));
      // With nothing known, every filter must still be content: what fails here would fail on an absent value.
      renderTemplate(template, 'plain', {});
    } catch (error) {
      if (error instanceof RenderTimeout) throw error;
      return { ok: false, facts: [], paths: [], resultsRead: [], fault: toFault(error, text) };
    }
  }
  const roots = new Set(paths.map((path) => path.root));
  roots.delete('results');
  const results = paths.filter((path) => path.root === 'results').flatMap((path) => path.segments.slice(0, 1));
  return { ok: true, facts: [...roots].sort(), paths, resultsRead: [...new Set(results)].sort() };
}

function toFault(error: unknown, text: string): TemplateFaultAt {
  if (error instanceof OutputFault) return { message: error.message, offset: error.offset };
  const fault = describeLiquidError(error);
  const filter = /^undefined filter: (.+)$/.exec(fault.message)?.[1];
  if (filter !== undefined) {
    // Liquid points at the whole output; the filter's own name is what its author looks for.
    const offset = Math.max(fault.offset, text.indexOf(filter, text.indexOf('|', fault.offset)));
    return { message: `there is no filter "${filter}"`, offset, unknown: { kind: 'filter', name: filter } };
  }
  const tag = /^tag "(.+)" not found$/.exec(fault.message)?.[1];
  if (tag === undefined) return fault;
  return { message: `there is no tag "${tag}"`, offset: fault.offset, unknown: { kind: 'tag', name: tag } };
}

class OutputFault extends TemplateFault {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Liquid overlooks what it cannot read after the value of an output, such as the last dot of `{{ a.b. }}`. */
function checkOutputs(text: string): void {
  for (const token of new Tokenizer(text).readTopLevelTokens()) {
    if (!TypeGuards.isOutputToken(token)) continue;
    const tokenizer = new Tokenizer(token.input, undefined, undefined, token.contentRange);
    tokenizer.readFilteredValue();
    tokenizer.skipBlank();
    if (!tokenizer.end()) {
      const rest = tokenizer.remaining().trim();
      throw new OutputFault(`"${rest}" is not expected here`, tokenizer.p);
    }
  }
}

/** Liquid overlooks a missing operator: `{{ a b }}` and `{% if a b %}` show or judge only one of the two. */
function checkExpressions(templates: readonly Template[]): void {
  for (const template of templates) {
    for (const argument of template.arguments?.() ?? []) {
      if (argument instanceof Value) checkOperands(argument.initial.postfix);
    }
    if (template.children !== undefined) checkExpressions(toValueSync(template.children(false, true)));
  }
}

type Postfix = Value['initial']['postfix'];

/** In postfix order each operand adds one and each binary operator takes one away; one must remain. */
function checkOperands(postfix: Postfix): void {
  const operands = postfix.filter((token) => !TypeGuards.isOperatorToken(token));
  const binary = postfix.filter((token) => TypeGuards.isOperatorToken(token) && token.operator !== 'not');
  const extra = operands[binary.length + 1];
  if (extra !== undefined) throw new OutputFault(`"${extra.getText()}" is not expected here`, extra.begin);
}

function readPaths(template: Template[], text: string): TemplatePath[] {
  const { globals } = liquidFor('plain').analyzeSync(template, { partials: false });
  const lineStarts = startsOfLines(text);
  return Object.values(globals)
    .flat()
    .map((variable) => toPath(variable, lineStarts))
    .sort((a, b) => a.offset - b.offset);
}

function toPath(variable: Variable, lineStarts: number[]): TemplatePath {
  const [root, ...rest] = variable.segments;
  const dynamicAt = rest.findIndex((segment) => typeof segment === 'object');
  const { row, col } = variable.location;
  return {
    root: String(root),
    segments: (dynamicAt === -1 ? rest : rest.slice(0, dynamicAt)).map(String),
    dynamic: dynamicAt !== -1,
    offset: (lineStarts[row - 1] ?? 0) + col - 1,
  };
}

function startsOfLines(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
}
