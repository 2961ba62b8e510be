import {faultOf} from './faults.ts';
import {type Answer, fault, type Outcome} from './outcome.ts';

/** What the AWS SDK throws, as far as it is read here. */
interface AwsError {
  readonly name?: string;
  readonly message?: string;
  readonly $metadata?: {readonly httpStatusCode?: number};
  readonly OriginalStatusCode?: number;
  readonly OriginalMessage?: string;
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly key: string;
  readonly timeoutMs: number;
}

/** An error of the SDK as the answer or the fault that it tells of. */
export function awsOutcome(error: unknown, place: Place): Outcome {
  const {name = '', message = ''} = error as AwsError;
  if (/AbortError|TimeoutError/.test(name)) {
    const reason = `${place.host} did not answer within ${Math.round(place.timeoutMs)} ms`;
    return fault(reason, 'Check the network and the endpoint, or allow more time with timeoutMs.');
  }
  if (/Credentials|ExpiredToken|TokenProvider/.test(name)) return noCredentials(message);
  const status = statusOf(error as AwsError);
  return status === undefined ? faultOf(error, place) : answerOf(status, error as AwsError);
}

export function noCredentials(message: string) {
  const remedy = 'Set AWS_PROFILE, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or give the machine a role.';
  return fault(`AWS credentials are missing or refused: ${oneLine(message)}`, remedy);
}

/** The model's own status where the endpoint passes it on; names where AWS says less with the status. */
function statusOf(error: AwsError): number | undefined {
  const {name = '', message = '', $metadata, OriginalStatusCode} = error;
  if (OriginalStatusCode !== undefined && OriginalStatusCode > 0) return OriginalStatusCode;
  if (/Throttl|TooManyRequests/.test(name)) return 429;
  if (/AccessDenied|UnrecognizedClient|InvalidSignature|MissingAuthentication/.test(name)) return 403;
  if (name === 'ModelError') return 500;
  const status = $metadata?.httpStatusCode;
  return status === 400 && /not found/i.test(message) ? 404 : status;
}

function answerOf(status: number, {name = '', message = '', OriginalMessage}: AwsError): Answer {
  const error = oneLine(OriginalMessage || message || name);
  return {kind: 'answer', status, body: Buffer.from(JSON.stringify({error}))};
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, 300);
}
