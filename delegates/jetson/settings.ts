import {concreteShape} from '../../src/model/concrete-shape.ts';
import type {Model} from '../../src/model/model.ts';
import type {JetsonOptions, Provider} from './options.ts';

type Pair = readonly [string, string];

/** A part of the machine that runs models: `cpu`, `gpu:0`, `dla:1`. */
export interface Place {
  readonly kind: 'cpu' | 'gpu' | 'dla';
  readonly index: number;
}

export function placeOf(deviceId: string): Place {
  const [kind, index] = deviceId.split(':');
  return {kind: kind === 'gpu' || kind === 'dla' ? kind : 'cpu', index: Number(index ?? 0)};
}

/** Options of the engine (src/native/host/engine_onnxruntime.c) that say what to open, whoever opens it. */
export function engineOptions(model: Model, providers: readonly Provider[], threads: number): readonly Pair[] {
  return [['providers', providers.join(',')], ['threads', String(threads)], ...shapes(model)];
}

/** Dimensions of the inputs that the model leaves open. */
export function shapes(model: Model): readonly Pair[] {
  return model.header.inputs.flatMap((spec, index): Pair[] =>
    spec.shape.every(dimension => dimension >= 0)
      ? []
      : [[`shape.${index}`, concreteShape(spec, index, model).join(',')]],
  );
}

/** TensorRT's provider looks for its ranges among the engines. */
export const calibrationName = 'calibration';

/** What TensorRT is told, its caches left out: all of it decides what the engine is. */
export function trtOptions(options: JetsonOptions, place: Place, workspaceBytes: number): readonly Pair[] {
  const {precision} = options;
  const gpu = place.kind === 'gpu' ? place.index : 0;
  return [
    ['trt.device_id', String(gpu)],
    ['trt.trt_fp16_enable', precision === 'fp32' ? '0' : '1'],
    ['trt.trt_int8_enable', precision === 'int8' ? '1' : '0'],
    ['trt.trt_max_workspace_size', String(workspaceBytes)],
    ...(place.kind === 'dla'
      ? ([
          ['trt.trt_dla_enable', '1'],
          ['trt.trt_dla_core', String(place.index)],
        ] as const)
      : []),
    ...(options.calibrationTable === undefined
      ? []
      : [['trt.trt_int8_calibration_table_name', calibrationName] as const]),
    ...Object.entries(options.trt).map(([key, value]): Pair => [`trt.${key}`, value]),
  ];
}

export function cudaOptions({options, inventory}: CudaNeeds, place: Place): readonly Pair[] {
  if (!inventory.providers.includes('cuda')) return [];
  const gpu = place.kind === 'gpu' ? place.index : 0;
  return [
    ['cuda.device_id', String(gpu)],
    ...Object.entries(options.cuda).map(([key, value]): Pair => [`cuda.${key}`, value]),
  ];
}

interface CudaNeeds {
  readonly options: JetsonOptions;
  readonly inventory: {readonly providers: readonly Provider[]};
}

/** Releases before 1.15 know no timing cache: the `?` leaves the key out there. */
export function cacheOptions(enginesFolder: string, timingFolder: string | undefined): readonly Pair[] {
  return [
    ['trt.trt_engine_cache_enable', '1'],
    ['trt.trt_engine_cache_path', enginesFolder],
    ...(timingFolder === undefined
      ? []
      : ([
          ['trt.trt_timing_cache_enable?', '1'],
          ['trt.trt_timing_cache_path?', timingFolder],
        ] as const)),
  ];
}
