/**
 * Reads what a source file imports and what its code says, without a parser of TypeScript: comments and what stands in
 * strings are blanked first, so that neither a doc comment nor a message counts as code.
 */
export interface SourceImport {
  specifier: string;
  /** Whether it is erased before the code runs. */
  typeOnly: boolean;
  /** From 1. */
  line: number;
}

export interface ScannedSource {
  imports: SourceImport[];
  /** Lines on which something is imported whose name is computed. */
  computedImports: number[];
  /** The code, as long as the text, with blanks for comments and for what stands in strings and patterns. */
  code: string;
}

const STATEMENT = /\b(?:import|export)\b(\s+type\b)?[^'"`;()=]*?\bfrom\s*(['"])(.+?)\2/g;
const BARE = /\bimport\s*(['"])(.+?)\1/g;
const CALL = /\bimport\s*\(\s*(?:(['"])(.+?)\1)?/g;

export function scanSource(text: string): ScannedSource {
  const { code, withStrings } = blankSource(text);
  const matches = (pattern: RegExp) =>
    [...withStrings.matchAll(pattern)]
      // Text that only looks like an import stands in a string, where `code` has blanks.
      .filter(({ index }) => code[index] !== ' ')
      .map((match) => ({ match, line: text.slice(0, match.index).split('\n').length }));
  const calls = matches(CALL);
  return {
    imports: [
      ...matches(STATEMENT).map(({ match, line }) => ({
        specifier: match[3] ?? '',
        typeOnly: match[1] !== undefined,
        line,
      })),
      ...[...matches(BARE), ...calls].flatMap(({ match: [, , specifier], line }) =>
        specifier === undefined ? [] : [{ specifier, typeOnly: false, line }],
      ),
    ],
    computedImports: calls.filter(({ match }) => match[2] === undefined).map(({ line }) => line),
    code,
  };
}

/** One piece of code at a time: a comment, a whole string, the opening of a template, a brace, a slash, or the rest. */
const PIECE =
  /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:\\[\s\S]|[^\\'\n])*'?|"(?:\\[\s\S]|[^\\"\n])*"?|`|[{}]|\/|[^/'"`{}]+/y;
/** The text of a template up to its end or to the next `${`. */
const TEMPLATE_TEXT = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:\$\{|`)?/y;
const PATTERN = /\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//y;
/** After one of these a slash begins a pattern; after anything else it divides. */
const BEFORE_PATTERN = /(?:^|[([{,;:=!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete|await|yield))$/;

function blankSource(text: string): { code: string; withStrings: string } {
  const code: string[] = [];
  const withStrings: string[] = [];
  /** Depths of braces at which a `${` of a template was opened. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  /** The code before `at` without blanks at its end, as far as BEFORE_PATTERN looks. */
  let before = '';

  const read = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? text.slice(at, at + 1);
  };
  const take = (piece: string, kind: 'code' | 'string' | 'comment') => {
    const blanked = piece.replace(/[^\n]/g, ' ');
    code.push(kind === 'code' ? piece : kind === 'comment' ? blanked : `${piece[0]}${blanked.slice(1)}`);
    withStrings.push(kind === 'comment' ? blanked : piece);
    if (kind !== 'comment' && piece.trim() !== '') before = kind === 'string' ? "''" : piece.trimEnd().slice(-12);
    at += piece.length;
  };
  const takeTemplateText = () => {
    const piece = read(TEMPLATE_TEXT);
    take(piece, 'string');
    if (!piece.endsWith('${')) return;
    templates.push(depth);
    depth += 1;
    before = '{';
  };

  while (at < text.length) {
    const piece = read(PIECE);
    if (piece.startsWith('//') || piece.startsWith('/*')) take(piece, 'comment');
    else if (piece.startsWith("'") || piece.startsWith('"')) take(piece, 'string');
    else if (piece === '/' && BEFORE_PATTERN.test(before)) take(read(PATTERN), 'string');
    else {
      take(piece, 'code');
      if (piece === '`') takeTemplateText();
      if (piece === '{') depth += 1;
      if (piece !== '}') continue;
      depth -= 1;
      if (templates.at(-1) !== depth) continue;
      templates.pop();
      takeTemplateText();
    }
  }
  return { code: code.join(''), withStrings: withStrings.join('') };
}
