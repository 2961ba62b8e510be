import {statSync} from 'node:fs';
import type {Problem} from '../../src/delegate/contract.ts';
import {DunlinError} from '../../src/error/errors.ts';
import {listHostDevices} from '../../src/native/host/list.ts';
import type {OpenvinoLibrary} from './library.ts';

/** What a library says about itself. */
export interface Listing {
  /** `openvino 2022.3.1` */
  readonly version: string;
  readonly devices: readonly {readonly id: string; readonly name: string}[];
}

/** A library that failed may work a little later (a driver that starts, memory that is free again), or see one device more. */
const failureLastsMs = 10_000;
const successLastsMs = 60_000;

/** Asks a library for its devices in a process of its own, and again when hardware has changed or some time has passed. */
export class ListingCache {
  #key: string | undefined;
  #listing: Promise<Listing | Problem> | undefined;
  #staleAt = 0;

  /** @param hardware changes with what is plugged in */
  get(library: OpenvinoLibrary, hardware: string): Promise<Listing | Problem> {
    const key = `${library.path} ${statSync(library.path, {throwIfNoEntry: false})?.mtimeMs} ${hardware}`;
    if (key === this.#key && this.#listing !== undefined && performance.now() < this.#staleAt) return this.#listing;
    this.#key = key;
    this.#staleAt = performance.now() + successLastsMs;
    this.#listing = list(library).catch((error: unknown) => {
      if (!(error instanceof DunlinError)) throw error;
      if (this.#key === key) this.#staleAt = performance.now() + failureLastsMs;
      return {reason: error.message, remedy: error.hint};
    });
    return this.#listing;
  }
}

async function list({path, env}: OpenvinoLibrary): Promise<Listing> {
  return listHostDevices({engine: 'openvino', library: path, env});
}
