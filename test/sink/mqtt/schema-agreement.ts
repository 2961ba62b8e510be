import type {z} from 'zod';
import type {Event} from '../../../src/event/event.ts';
import type {PipelineState} from '../../../src/sink/contract.ts';
import type {eventSchema, ResultPayload, resultSchema, stateSchema} from '../../../src/sink/mqtt/payloads.ts';

/** The same type with every `readonly` taken away, at all depths. */
type Plain<T> = T extends readonly (infer U)[]
  ? Plain<U>[]
  : T extends object
    ? {-readonly [K in keyof T]: Plain<T[K]>}
    : T;
type Identical<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Check<Holds extends true> = Holds;

/** Compiles only while schemas and contracts have the same fields, of the same types, at all depths. */
export type SchemasAgreeWithContracts = [
  Check<Identical<Plain<z.infer<typeof resultSchema>>, Plain<ResultPayload>>>,
  Check<Identical<Plain<z.infer<typeof eventSchema>>, Plain<Event>>>,
  Check<Identical<Plain<z.infer<typeof stateSchema>>, Plain<PipelineState>>>,
];
