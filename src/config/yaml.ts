import {Composer, type CST, type Document, LineCounter, Parser} from 'yaml';
import type {Located} from './located.ts';
import {maxDepth, maxValues, PlainReader} from './plain.ts';
import type {Problem} from './problem.ts';
import {describeFault, describeYamlError, type YamlComplaint} from './yaml-words.ts';

/** Far above any real configuration. */
export const maxFileBytes = 256 * 1024;

export interface YamlFile {
  readonly root: Located;
  /** Line and column, from 1, of an offset in the text. */
  readonly position: (offset: number) => {readonly line: number; readonly column: number};
  /** Everything that keeps the text from being one plain YAML document. */
  readonly problems: readonly Problem[];
  /** The values are incomplete, so nothing more can be said about them. */
  readonly refused: boolean;
}

const nothing: Located = {value: null, at: 0};

/**
 * Reads one YAML 1.2 document into plain values with their places. Never throws: what is wrong is in `problems`, without
 * quoting the text (it may hold a secret).
 */
export function readYaml(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const position = (offset: number) => {
    const {line, col} = lines.linePos(Math.min(offset, text.length));
    return {line: Math.max(1, line), column: Math.max(1, col)};
  };
  const asProblem = ({at, ...words}: YamlComplaint): Problem => ({file, ...position(at), ...words});
  const refuse = (complaint: YamlComplaint): YamlFile => ({
    root: nothing,
    position,
    problems: [asProblem(complaint)],
    refused: true,
  });

  if (Buffer.byteLength(text) > maxFileBytes) {
    return refuse(describeFault({kind: 'too-large', at: 0, key: ''}, `a file of at most ${maxFileBytes / 1024} KiB`));
  }
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const tooDeep = deepToken(tokens);
  if (tooDeep !== undefined) return refuse(describeFault({kind: 'too-deep', at: tooDeep, key: ''}));

  const composer = new Composer({
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    merge: false,
    logLevel: 'error',
  });
  const [document, ...more] = [...composer.compose(tokens, true, text.length)] as Document.Parsed[];
  if (document === undefined) return {root: nothing, position, problems: [], refused: false};
  const complaints = [...document.errors, ...document.warnings].map(describeYamlError);
  if (more[0] !== undefined) complaints.push(describeFault({kind: 'documents', at: more[0].range[0], key: ''}));
  if (complaints.length > 0) return {root: nothing, position, problems: complaints.map(asProblem), refused: true};

  const reader = new PlainReader();
  const root = reader.read(document.contents, 0);
  const values = `at most ${maxValues} values once aliases are expanded`;
  const problems = reader.faults.map(fault => asProblem(describeFault(fault, values)));
  return {root, position, problems, refused: reader.refused};
}

/**
 * Offset of the first token nested deeper than allowed. The composer recurses, and V8 can abort the process where the
 * stack runs out, so depth is bounded on the tokens, which are read with a stack of our own.
 */
function deepToken(tokens: readonly CST.Token[]): number | undefined {
  const pending: {token: CST.Token; depth: number}[] = tokens.map(token => ({token, depth: 0}));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const {token, depth} = next;
    if (depth > maxDepth + 1) return token.offset;
    if ('items' in token) {
      for (const item of token.items) {
        if (item.key) pending.push({token: item.key, depth: depth + 1});
        if (item.value) pending.push({token: item.value, depth: depth + 1});
      }
    }
    if (token.type === 'document' && token.value) pending.push({token: token.value, depth});
  }
  return undefined;
}
