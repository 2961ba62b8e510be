import {healthSchema, infoSchema} from '../sink/mqtt/node-payloads.ts';
import {eventSchema, resultSchema, stateSchema} from '../sink/mqtt/payloads.ts';
import {type ParsedTopic, parseTopic, type TopicKind} from '../sink/mqtt/topics.ts';
import {describeEvent, describeHealth, describeInfo, describeResult, describeState, printable} from '../sink/text.ts';

/** A message as it came from the broker. */
export interface WatchedMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** Stored at the broker before we subscribed. */
  readonly retain: boolean;
  readonly at: Date;
}

const longestText = 200;

/** One readable line: time, node, pipeline, kind, and what it says. */
export function formatMessage(prefix: string, message: WatchedMessage): string {
  const time = message.at.toLocaleTimeString('en-GB');
  const mark = message.retain ? '(retained) ' : '';
  const topic = parseTopic(prefix, message.topic);
  if (topic === undefined) return `${time}  ${printable(message.topic)}  ${mark}${text(message.payload)}`;
  const place = [topic.node, ...(topic.pipeline === undefined ? [] : [topic.pipeline])].map(printable).join('  ');
  return `${time}  ${place}  ${topic.kind}  ${mark}${describe(topic, message.payload)}`;
}

/** One JSON object; a payload that is no JSON text is given as text, a picture as its size. */
export function formatMessageJson(prefix: string, message: WatchedMessage): string {
  const topic = parseTopic(prefix, message.topic);
  const content =
    topic?.kind === 'snapshot' ? {bytes: message.payload.byteLength} : {payload: parse(message.payload.toString())};
  return JSON.stringify({
    at: message.at.toISOString(),
    topic: message.topic,
    ...topic,
    retained: message.retain,
    ...content,
  });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

function text(payload: Buffer): string {
  const whole = payload.toString();
  return printable(whole.length > longestText ? `${whole.slice(0, longestText)}…` : whole);
}

/** What the payload says; its beginning where it does not follow its schema (another version of Dunlin). */
function describe({kind, label = ''}: ParsedTopic, payload: Buffer): string {
  if (kind === 'snapshot') return `${payload.byteLength} bytes`;
  if (kind === 'count') return `${printable(label)} ${text(payload)}`;
  return describeJson(kind, parse(payload.toString())) ?? text(payload);
}

function describeJson(kind: TopicKind, json: unknown): string | undefined {
  switch (kind) {
    case 'event':
      return described(eventSchema.safeParse(json), describeEvent);
    case 'result':
      return described(resultSchema.safeParse(json), describeResult);
    case 'state':
      return described(stateSchema.safeParse(json), describeState);
    case 'info':
      return described(infoSchema.safeParse(json), describeInfo);
    case 'health':
      return described(healthSchema.safeParse(json), describeHealth);
    case 'status':
    case 'count':
    case 'snapshot':
      return undefined;
  }
}

function described<T>(parsed: {readonly data?: T}, describeData: (data: T) => string): string | undefined {
  return parsed.data === undefined ? undefined : describeData(parsed.data);
}
