import type {DecoderFactory} from '../decoder.ts';

/** Reports the outputs' names, dtypes and shapes; for models of no known task. */
export const createRawDecoder: DecoderFactory = () => outputs => ({
  task: 'tensor',
  outputs: outputs.map(({name, dtype, shape}) => ({name, dtype, shape: [...shape]})),
});
