/** Longest topic level made from a name, in characters; a whole topic must stay under 65,536 bytes. */
const maxLevelLength = 120;

/** Wildcards, the separator, our own escape, control characters, and surrogates without a partner. */
const unsafe = /[%+#/\p{Cc}\uD800-\uDFFF\uFFFE\uFFFF]/gu;

function percentEncode(character: string): string {
  const bytes = [...Buffer.from(character, 'utf8')];
  return bytes.map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/**
 * A name (node, pipeline, label) as one topic level: `traffic light` stays as it is, `a/b+c` becomes `a%2Fb%2Bc`.
 * Different names give different levels, unless they differ only beyond 120 characters. Empty becomes `_`.
 */
export function topicLevel(name: string): string {
  if (name === '') return '_';
  const short = name.length <= maxLevelLength ? name : [...name].slice(0, maxLevelLength).join('');
  return short.replace(unsafe, percentEncode);
}

/** The name that {@link topicLevel} was given. */
export function nameOfLevel(level: string): string {
  try {
    return decodeURIComponent(level);
  } catch {
    return level;
  }
}

/** Topics of one pipeline. */
export interface PipelineTopics {
  readonly state: string;
  readonly result: string;
  readonly event: string;
  readonly snapshot: string;
  count(label: string): string;
}

/** Every topic that one node publishes. */
export interface Topics {
  readonly status: string;
  readonly info: string;
  readonly health: string;
  pipeline(name: string): PipelineTopics;
}

/** Topics under `<prefix>/<node>/`; those of a pipeline are built once. */
export function createTopics(prefix: string, node: string): Topics {
  const root = `${prefix}/${topicLevel(node)}`;
  const pipelines = new Map<string, PipelineTopics>();
  return {
    status: `${root}/status`,
    info: `${root}/info`,
    health: `${root}/health`,
    pipeline(name) {
      let topics = pipelines.get(name);
      if (topics === undefined) {
        topics = pipelineTopics(`${root}/${topicLevel(name)}`);
        pipelines.set(name, topics);
      }
      return topics;
    },
  };
}

function pipelineTopics(base: string): PipelineTopics {
  return {
    state: `${base}/state`,
    result: `${base}/result`,
    event: `${base}/event`,
    snapshot: `${base}/snapshot`,
    count: label => `${base}/count/${topicLevel(label)}`,
  };
}

/** What a topic carries, for readers. */
export type TopicKind = 'status' | 'info' | 'health' | 'state' | 'result' | 'event' | 'snapshot' | 'count';

export interface ParsedTopic {
  readonly node: string;
  readonly kind: TopicKind;
  readonly pipeline?: string;
  readonly label?: string;
}

const nodeKinds: readonly string[] = ['status', 'info', 'health'] satisfies TopicKind[];
const pipelineKinds: readonly string[] = ['state', 'result', 'event', 'snapshot'] satisfies TopicKind[];

/** Takes a topic under `prefix` apart; undefined for one that is not ours. */
export function parseTopic(prefix: string, topic: string): ParsedTopic | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined;
  const levels = topic.slice(prefix.length + 1).split('/');
  const [node = '', second = '', third = '', fourth = ''] = levels.map(nameOfLevel);
  if (levels.length === 2 && nodeKinds.includes(second)) return {node, kind: second as TopicKind};
  if (levels.length === 3 && pipelineKinds.includes(third)) return {node, kind: third as TopicKind, pipeline: second};
  if (levels.length === 4 && third === 'count') return {node, kind: 'count', pipeline: second, label: fourth};
  return undefined;
}
