import type {Model} from './model.ts';

/** TFLite operators that keep memory of earlier runs inside the session. */
const rememberingOperators = /^(LSTM|RNN|SVDF|(UNI|BI)DIRECTIONAL_SEQUENCE_(LSTM|RNN)|VAR_HANDLE)$/;

/** True for a model whose runs depend on the runs before, in memory that nobody outside can reach. */
export function remembers({header}: Pick<Model, 'header'>): boolean {
  return header.operators.some(({name}) => rememberingOperators.test(name));
}
