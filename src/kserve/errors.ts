import {parseJson} from './json.ts';

/** The body of an answer that is no success. */
export function encodeError(message: string): string {
  return JSON.stringify({error: message});
}

/**
 * What a server says went wrong: `{"error": "…"}`, the `{"detail": …}` of servers built on FastAPI, or the `{"message": "…"}` of gateways. At most 300
 * characters on one line; undefined when the body says nothing of the kind.
 */
export function decodeError(bytes: Uint8Array): string | undefined {
  let fields: unknown;
  try {
    fields = parseJson(bytes, 'body');
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null) return undefined;
  const {error, detail, message, Message} = fields as Readonly<Record<string, unknown>>;
  const said = error ?? detail ?? message ?? Message;
  if (said === undefined || said === null) return undefined;
  const text = typeof said === 'string' ? said : JSON.stringify(said);
  return text.replaceAll(/\s+/g, ' ').slice(0, 300);
}
