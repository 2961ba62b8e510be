/** How a setting of a provider is written in the configuration. */
export type SettingKind = 'flag' | 'integer' | 'text';

export interface Setting {
  readonly kind: SettingKind;
  /** For docs/delegates/jetson.md. */
  readonly about: string;
}

/**
 * Settings of ONNX Runtime's TensorRT provider that may be given as they are.
 *
 * @see https://onnxruntime.ai/docs/execution-providers/TensorRT-ExecutionProvider.html
 */
export const trtSettings: Readonly<Record<string, Setting>> = {
  trt_auxiliary_streams: {
    kind: 'integer',
    about: 'streams beside the main one; -1 lets TensorRT choose, 0 saves memory',
  },
  trt_bf16_enable: {kind: 'flag', about: 'also allow bfloat16 kernels (Ampere and newer)'},
  trt_build_heuristics_enable: {kind: 'flag', about: 'shorter build with heuristics'},
  trt_builder_optimization_level: {kind: 'integer', about: '0 to 5: how long the builder searches; 3 unless given'},
  trt_context_memory_sharing_enable: {kind: 'flag', about: 'subgraphs share working memory'},
  trt_detailed_build_log: {kind: 'flag', about: 'more words while building'},
  trt_dump_subgraphs: {kind: 'flag', about: 'write the subgraphs as ONNX files, to look into'},
  trt_engine_cache_prefix: {kind: 'text', about: 'start of the file names in the cache'},
  trt_engine_decryption_enable: {kind: 'flag', about: 'engines on disk are encrypted'},
  trt_engine_decryption_lib_path: {kind: 'text', about: 'the library that does it'},
  trt_engine_hw_compatible: {kind: 'flag', about: 'engines that run on other Ampere or newer GPUs too'},
  trt_extra_plugin_lib_paths: {kind: 'text', about: 'libraries with TensorRT plugins, separated by ;'},
  trt_force_sequential_engine_build: {kind: 'flag', about: 'build one engine after the other (several GPUs)'},
  trt_force_timing_cache: {kind: 'flag', about: 'use measured timings of a slightly different GPU'},
  trt_int8_use_native_calibration_table: {
    kind: 'flag',
    about: "the calibration table is TensorRT's, not ONNX Runtime's",
  },
  trt_layer_norm_fp32_fallback: {kind: 'flag', about: 'keep layer normalisation in fp32'},
  trt_max_partition_iterations: {kind: 'integer', about: 'tries at splitting the model; 1000 unless given'},
  trt_min_subgraph_size: {kind: 'integer', about: 'smaller parts stay with the next provider; 1 unless given'},
  trt_op_types_to_exclude: {kind: 'text', about: 'operators that TensorRT shall not take, separated by commas'},
  trt_profile_max_shapes: {kind: 'text', about: 'largest shapes of a dynamic model: `images:1x3x640x640`'},
  trt_profile_min_shapes: {kind: 'text', about: 'smallest shapes'},
  trt_profile_opt_shapes: {kind: 'text', about: 'shapes to tune for'},
  trt_sparsity_enable: {kind: 'flag', about: 'use 2:4 sparse weights (Ampere and newer)'},
  trt_tactic_sources: {kind: 'text', about: 'libraries to choose kernels from: `-CUDNN,+CUBLAS`'},
};

/** Settings of ONNX Runtime's CUDA provider that may be given as they are. */
export const cudaSettings: Readonly<Record<string, Setting>> = {
  arena_extend_strategy: {kind: 'text', about: '`kNextPowerOfTwo` or `kSameAsRequested` (less memory)'},
  cudnn_conv1d_pad_to_nc1d: {kind: 'flag', about: 'pad one-dimensional convolutions'},
  cudnn_conv_algo_search: {kind: 'text', about: '`EXHAUSTIVE`, `HEURISTIC` or `DEFAULT`'},
  cudnn_conv_use_max_workspace: {kind: 'flag', about: 'allow cuDNN its fastest, largest workspace'},
  do_copy_in_default_stream: {kind: 'flag', about: 'copy on the stream that computes; leave it on'},
  enable_skip_layer_norm_strict_mode: {kind: 'flag', about: 'more exact layer normalisation'},
  fuse_conv_bias: {kind: 'flag', about: 'fused convolution and bias'},
  gpu_mem_limit: {kind: 'integer', about: 'bytes of GPU memory for tensors'},
  prefer_nhwc: {kind: 'flag', about: 'compute in NHWC where kernels exist'},
  sdpa_kernel: {kind: 'integer', about: 'attention kernels, as bits'},
  tunable_op_enable: {kind: 'flag', about: 'use tuned operators'},
  tunable_op_tuning_enable: {kind: 'flag', about: 'tune them while running'},
  use_ep_level_unified_stream: {kind: 'flag', about: 'one stream for everything'},
  use_tf32: {kind: 'flag', about: 'TF32 instead of fp32 (Ampere and newer): faster, less exact'},
};

const ownEngines = 'Dunlin keeps engines in a cache of its own, which it checks';
const hostMemory =
  'a replayed graph reads fixed GPU addresses, but pictures come from host memory: results would be those of an old picture';

/** Keys that are known and refused: what to do instead, or why not. */
export const refusedSettings: Readonly<Record<string, string>> = {
  device_id: 'name the device in the pipeline: `jetson:gpu:0`',
  user_compute_stream: 'streams belong to the process that runs the model',
  has_user_compute_stream: 'streams belong to the process that runs the model',
  enable_cuda_graph: hostMemory,
  trt_cuda_graph_enable: hostMemory,
  trt_dla_core: 'set `dla: 0`',
  trt_dla_enable: 'set `dla: 0`',
  trt_dump_ep_context_model: ownEngines,
  trt_engine_cache_enable: ownEngines,
  trt_engine_cache_path: ownEngines,
  trt_ep_context_embed_mode: ownEngines,
  trt_ep_context_file_path: ownEngines,
  trt_fp16_enable: 'set `precision: fp16`',
  trt_int8_calibration_table_name: 'set `calibrationTable`',
  trt_int8_enable: 'set `precision: int8`',
  trt_max_workspace_size: 'set `workspaceMiB`',
  trt_onnx_bytestream: 'the model comes from memory already',
  trt_onnx_bytestream_size: 'the model comes from memory already',
  trt_onnx_model_folder_path: ownEngines,
  trt_timing_cache_enable: ownEngines,
  trt_timing_cache_path: ownEngines,
  trt_weight_stripped_engine_enable: ownEngines,
};
