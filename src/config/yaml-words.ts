import type {ErrorCode, YAMLError} from 'yaml';
import type {TreeFault} from './plain.ts';
import type {Problem} from './problem.ts';

/** A problem before its offset became a line. */
export type YamlComplaint = Omit<Problem, 'file' | 'line' | 'column'> & {readonly at: number};

type Words = readonly [got: string, expected: string, hint: string];

/** Our words for the parser's codes; the parser's own messages can quote the text, which may hold a secret. */
const wordsByCode: Partial<Record<ErrorCode, Words>> = {
  TAB_AS_INDENT: ['a tab', 'spaces', 'YAML is indented with spaces only; replace the tab.'],
  MISSING_CHAR: [
    'an unfinished value',
    'the closing quote or bracket',
    'Close what was opened on this or an earlier line.',
  ],
  BAD_INDENT: [
    'a wrong indentation',
    'entries of one mapping or list in one column',
    'Align this line with its neighbours.',
  ],
  BLOCK_AS_IMPLICIT_KEY: [
    'a second ": " in one value',
    'one key and one value',
    'Put the value in quotes, or move it to a line of its own.',
  ],
  MULTILINE_IMPLICIT_KEY: ['text without a key', '"key: value"', 'Add the missing colon and a space after the key.'],
  BAD_SCALAR_START: ['a value that begins with a reserved character', 'text in quotes', 'Put the value in quotes.'],
  BAD_DQ_ESCAPE: ['an unknown escape in a quoted value', 'a known escape', "Use single quotes: '…'."],
  TAG_RESOLVE_FAILED: [
    'a tag (!…)',
    'a plain value',
    'Dunlin knows no tags; name a secret by passwordFile or passwordEnv, and write everything else out.',
  ],
  BAD_ALIAS: ['an alias (*…) that is not valid', 'an alias of an anchor (&…) above it', 'Define the anchor first.'],
  MULTIPLE_DOCS: ['a second document', 'one document', 'Remove the "---" line and merge what follows.'],
  NON_STRING_KEY: ['a key that is a list or mapping', 'text as key', 'Write "key: value".'],
};

const fallback: Words = [
  'text that is no YAML',
  'valid YAML ("key: value" lines, indented with spaces)',
  'Check this line and the one above: a missing colon, quote or space.',
];

/** A syntax error of the parser in our words. */
export function describeYamlError(error: YAMLError): YamlComplaint {
  const [got, expected, hint] = wordsByCode[error.code] ?? fallback;
  return {at: error.pos[0], key: '', got, expected, hint};
}

/** A fault of the tree in our words. @param limit what is allowed, for kind `too-large` */
export function describeFault(
  fault: Omit<TreeFault, 'kind'> & {readonly kind: TreeFault['kind'] | 'documents'},
  limit = '',
): YamlComplaint {
  const {at, key, kind} = fault;
  switch (kind) {
    case 'duplicate':
      return {at, key, got: 'the same key again', expected: 'each key once', hint: 'Remove or rename one of the two.'};
    case 'too-deep':
      return {at, key, got: 'deeper nesting', expected: 'at most 32 levels', hint: 'Flatten the file.'};
    case 'too-large':
      return {
        at,
        key,
        got: 'more',
        expected: limit,
        hint: 'A configuration is a few hundred lines; check what wrote it.',
      };
    case 'bad-merge':
      return {
        at,
        key,
        got: 'something else',
        expected: 'an alias of a mapping after "<<:"',
        hint: 'Write "<<: *name".',
      };
    case 'unknown-alias':
      return {
        at,
        key,
        got: 'an alias of nothing',
        expected: 'an anchor (&…) in this file',
        hint: 'Define it, or write the value out.',
      };
    case 'reserved':
      return {at, key, got: 'a reserved name', expected: 'another key', hint: 'Rename it.'};
    case 'documents':
      return {
        at,
        key,
        got: 'a second document',
        expected: 'one document',
        hint: 'Remove the "---" line and merge what follows.',
      };
  }
}
