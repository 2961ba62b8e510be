import {readFile} from 'node:fs/promises';
import {DelegateUnavailableError} from '../../src/error/errors.ts';
import type {RemoteOptions} from './options.ts';

/** Where a secret is kept, and the key that says so: `delegates.server.bearerTokenFile`. */
interface Place {
  readonly key: string;
  readonly file?: string;
  readonly env?: string;
}

/** The headers that options ask for, with secrets read anew after `forget`. */
export class SecretHeaders {
  readonly #options: RemoteOptions;
  readonly #key: string;
  readonly #secrets = new Set<string>();
  #headers: Promise<Readonly<Record<string, string>>> | undefined;

  /** @param key leads error messages: `delegates.server` */
  constructor(options: RemoteOptions, key: string) {
    this.#options = options;
    this.#key = key;
  }

  /** @throws {DelegateUnavailableError} a file cannot be read, or a variable is not set */
  read(): Promise<Readonly<Record<string, string>>> {
    this.#headers ??= this.#readAll().catch((error: unknown) => {
      this.#headers = undefined;
      throw error;
    });
    return this.#headers;
  }

  /** The server refused them: they may have been replaced. */
  forget(): void {
    this.#headers = undefined;
  }

  /** A text without any of the secrets: servers repeat what they were sent. */
  redact(text: string): string {
    return [...this.#secrets].reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
  }

  async #readAll(): Promise<Readonly<Record<string, string>>> {
    const {headers, bearerTokenFile: file, bearerTokenEnv: env} = this.#options;
    const found: Record<string, string> = {};
    for (const [name, value] of Object.entries(headers)) {
      found[name.toLowerCase()] =
        typeof value === 'string' ? value : await this.#secret({key: `${this.#key}.headers.${name}`, ...value});
    }
    if (file !== undefined) {
      found.authorization = `Bearer ${await this.#secret({key: `${this.#key}.bearerTokenFile`, file})}`;
    } else if (env !== undefined) {
      found.authorization = `Bearer ${await this.#secret({key: `${this.#key}.bearerTokenEnv`, env})}`;
    }
    for (const value of Object.values(headers)) if (typeof value === 'string') this.#keep(value);
    return found;
  }

  async #secret(place: Place): Promise<string> {
    const secret = place.file === undefined ? fromEnvironment(place) : await fromFile(place.key, place.file);
    if (!/^[\t\x20-\x7e\x80-\xff]+$/.test(secret)) {
      throw new DelegateUnavailableError(
        `${place.key}: expected one line of text there`,
        'Write the secret alone into it.',
      );
    }
    this.#keep(secret);
    return secret;
  }

  /** Short values are no secrets, and taking them out of messages would garble those. */
  #keep(value: string): void {
    if (value.length >= 8) this.#secrets.add(value);
  }
}

async function fromFile(key: string, file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    const hint = `Make the file readable for Dunlin, or correct ${key}.`;
    throw new DelegateUnavailableError(`${key}: cannot read ${file}: ${reason}`, hint, {cause});
  }
}

function fromEnvironment({key, env = ''}: Place): string {
  const value = process.env[env];
  if (value !== undefined) return value.trim();
  throw new DelegateUnavailableError(
    `${key}: the environment variable ${env} is not set`,
    `Set it in Dunlin's environment, or correct ${key}.`,
  );
}
