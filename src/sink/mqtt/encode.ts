import type {Event} from '../../event/event.ts';
import type {Result} from '../../task/result.ts';
import type {PipelineState, ResultMessage} from '../contract.ts';

type WithoutMask<R> = R extends {readonly mask: unknown} ? Omit<R, 'mask'> : R;

/** A result as published: without the mask, which is as large as a picture. */
export type ResultPayload = Omit<ResultMessage, 'result'> & {readonly result: WithoutMask<Result>};

/** `<pipeline>/result` as JSON text. */
export function encodeResult(message: ResultMessage): string {
  if (message.result.task !== 'segment') return JSON.stringify(message);
  const {mask: _, ...result} = message.result;
  return JSON.stringify({...message, result} satisfies ResultPayload);
}

/** The message behind the text of {@link encodeResult}; a segmentation's mask is empty. */
export function decodeResult(text: string): ResultMessage {
  const message = JSON.parse(text) as ResultMessage;
  if (message.result.task !== 'segment') return message;
  return {...message, result: {...message.result, mask: new Uint8Array()}};
}

/** `<pipeline>/event` as JSON text. */
export function encodeEvent(event: Event): string {
  return JSON.stringify(event);
}

/** `<pipeline>/state` as JSON text. */
export function encodeState(state: PipelineState): string {
  return JSON.stringify(state);
}

/** `<pipeline>/count/<label>` as text. */
export function encodeCount(value: number): string {
  return String(value);
}
