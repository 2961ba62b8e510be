import {bytes, choice, flag, numbers, scalar, text} from '../flatbuffer/fields.ts';
import {type Field, type Table, table} from '../flatbuffer/table.ts';

/** What an operator's options decode into; names are the schema's. */
export type Options = Readonly<Record<string, number | boolean | string | readonly number[] | Uint8Array | undefined>>;

const i8 = scalar('i8');
const i32 = scalar('i32');
const i64 = scalar('i64');
const f32 = scalar('f32');
const one = scalar('i32', 1);
const i32s = numbers('i32');
const i64s = numbers('i64');
const no = flag();
const yes = flag(true);

/** Fields per table, in the schema's order. */
const fieldsByTable: Readonly<Record<string, Record<string, Field<unknown>>>> = {
  Conv2D: {
    padding: i8,
    stride_w: i32,
    stride_h: i32,
    fused_activation_function: i8,
    dilation_w_factor: one,
    dilation_h_factor: one,
    quantized_bias_type: i8,
  },
  DepthwiseConv2D: {
    padding: i8,
    stride_w: i32,
    stride_h: i32,
    depth_multiplier: i32,
    fused_activation_function: i8,
    dilation_w_factor: one,
    dilation_h_factor: one,
  },
  ConcatEmbeddings: {num_channels: i32, num_columns_per_channel: i32s, embedding_dim_per_channel: i32s},
  LSHProjection: {type: i8},
  Pool2D: {
    padding: i8,
    stride_w: i32,
    stride_h: i32,
    filter_width: i32,
    filter_height: i32,
    fused_activation_function: i8,
  },
  SVDF: {rank: i32, fused_activation_function: i8, asymmetric_quantize_inputs: no},
  RNN: {fused_activation_function: i8, asymmetric_quantize_inputs: no},
  FullyConnected: {
    fused_activation_function: i8,
    weights_format: i8,
    keep_num_dims: no,
    asymmetric_quantize_inputs: no,
    quantized_bias_type: i8,
  },
  Softmax: {beta: f32},
  Concatenation: {axis: i32, fused_activation_function: i8},
  Add: {fused_activation_function: i8, pot_scale_int16: yes},
  L2Norm: {fused_activation_function: i8},
  LocalResponseNormalization: {radius: i32, bias: f32, alpha: f32, beta: f32},
  LSTM: {
    fused_activation_function: i8,
    cell_clip: f32,
    proj_clip: f32,
    kernel_type: i8,
    asymmetric_quantize_inputs: no,
  },
  ResizeBilinear: {new_height: i32, new_width: i32, align_corners: no, half_pixel_centers: no},
  Call: {subgraph: scalar('u32')},
  Reshape: {new_shape: i32s},
  SkipGram: {ngram_size: i32, max_skip_size: i32, include_all_ngrams: no},
  SpaceToDepth: {block_size: i32},
  EmbeddingLookupSparse: {combiner: i8},
  Mul: {fused_activation_function: i8},
  Gather: {axis: i32, batch_dims: i32},
  Reducer: {keep_dims: no},
  Sub: {fused_activation_function: i8, pot_scale_int16: yes},
  Div: {fused_activation_function: i8},
  Squeeze: {squeeze_dims: i32s},
  SequenceRNN: {time_major: no, fused_activation_function: i8, asymmetric_quantize_inputs: no},
  StridedSlice: {
    begin_mask: i32,
    end_mask: i32,
    ellipsis_mask: i32,
    new_axis_mask: i32,
    shrink_axis_mask: i32,
    offset: no,
  },
  Split: {num_splits: i32},
  Cast: {in_data_type: i8, out_data_type: i8},
  ArgMax: {output_type: i8},
  TransposeConv: {padding: i8, stride_w: i32, stride_h: i32, fused_activation_function: i8, quantized_bias_type: i8},
  SparseToDense: {validate_indices: no},
  Shape: {out_type: i8},
  ArgMin: {output_type: i8},
  FakeQuant: {min: f32, max: f32, num_bits: i32, narrow_range: no},
  Pack: {values_count: i32, axis: i32},
  OneHot: {axis: i32},
  Unpack: {num: i32, axis: i32},
  BidirectionalSequenceLSTM: {
    fused_activation_function: i8,
    cell_clip: f32,
    proj_clip: f32,
    merge_outputs: no,
    time_major: yes,
    asymmetric_quantize_inputs: no,
  },
  BidirectionalSequenceRNN: {
    time_major: no,
    fused_activation_function: i8,
    merge_outputs: no,
    asymmetric_quantize_inputs: no,
  },
  UnidirectionalSequenceLSTM: {
    fused_activation_function: i8,
    cell_clip: f32,
    proj_clip: f32,
    time_major: no,
    asymmetric_quantize_inputs: no,
    diagonal_recurrent_tensors: no,
  },
  ResizeNearestNeighbor: {align_corners: no, half_pixel_centers: no},
  LeakyRelu: {alpha: f32},
  MirrorPad: {mode: i8},
  SplitV: {num_splits: i32},
  Unique: {idx_out_type: scalar('i8', 2)},
  ReverseSequence: {seq_dim: i32, batch_dim: i32},
  If: {then_subgraph_index: i32, else_subgraph_index: i32},
  While: {cond_subgraph_index: i32, body_subgraph_index: i32},
  DepthToSpace: {block_size: i32},
  BatchMatMul: {adj_x: no, adj_y: no, asymmetric_quantize_inputs: no},
  Cumsum: {exclusive: no, reverse: no},
  CallOnce: {init_subgraph_index: i32},
  Conv3D: {
    padding: i8,
    stride_d: i32,
    stride_w: i32,
    stride_h: i32,
    fused_activation_function: i8,
    dilation_d_factor: one,
    dilation_w_factor: one,
    dilation_h_factor: one,
  },
  Hashtable: {table_id: i32, key_dtype: i8, value_dtype: i8},
  VarHandle: {container: text, shared_name: text},
  Random: {seed: i64, seed2: i64},
  Bucketize: {boundaries: numbers('f32')},
  Gelu: {approximate: no},
  StablehloConcatenate: {dimension: i64},
  StablehloBroadcastInDim: {broadcast_dimensions: i64s},
  StablehloSlice: {start_indices: i64s, limit_indices: i64s, strides: i64s},
  StablehloConvolution: {
    window_strides: i64s,
    padding: i64s,
    lhs_dilation: i64s,
    rhs_dilation: i64s,
    window_reversal: bytes,
    input_batch_dimension: i64,
    input_feature_dimension: i64,
    input_spatial_dimensions: i64s,
    kernel_input_feature_dimension: i64,
    kernel_output_feature_dimension: i64,
    kernel_spatial_dimensions: i64s,
    output_batch_dimension: i64,
    output_feature_dimension: i64,
    output_spatial_dimensions: i64s,
    feature_group_count: i64,
    batch_group_count: i64,
    precision_config: numbers('u32'),
  },
  StablehloCustomCall: {
    call_target_name: text,
    has_side_effect: no,
    backend_config: text,
    api_version: i32,
    called_computations: i32s,
    custom_attributes: bytes,
  },
  StablehloReduce: {dimensions: i64s, body_subgraph_index: i32},
  StablehloScatter: {
    indices_are_sorted: no,
    update_window_dims: i64s,
    inserted_window_dims: i64s,
    scatter_dims_to_operand_dims: i64s,
    index_vector_dim: i64,
    unique_indices: no,
    update_computation_subgraph_index: i32,
  },
  StablehloCompare: {comparison_direction: scalar('u32'), compare_type: scalar('u32')},
  StablehloDynamicSlice: {slice_sizes: i64s},
  StablehloPad: {edge_padding_low: i64s, edge_padding_high: i64s, interior_padding: i64s},
  StablehloIota: {iota_dimension: i64},
  StablehloDotGeneral: {
    lhs_batching_dimensions: i64s,
    rhs_batching_dimensions: i64s,
    lhs_contracting_dimensions: i64s,
    rhs_contracting_dimensions: i64s,
    precision_config: numbers('u32'),
  },
  StablehloReduceWindow: {
    window_dimensions: i64s,
    window_strides: i64s,
    base_dilations: i64s,
    window_dilations: i64s,
    padding: i64s,
    body_subgraph_index: i32,
  },
  StablehloSort: {dimension: i64, is_stable: no, comparator_subgraph_index: i32},
  StablehloWhile: {cond_subgraph_index: i32, body_subgraph_index: i32},
  StablehloGather: {
    offset_dims: i64s,
    collapsed_slice_dims: i64s,
    start_index_map: i64s,
    index_vector_dim: i64,
    slice_sizes: i64s,
    indices_are_sorted: no,
  },
  StablehloTranspose: {permutation: i64s},
  StablehloRngBitGenerator: {algorithm: i8},
  ReduceWindow: {reduce_function: i32},
  StableHLOComposite: {
    name: text,
    decomposition_subgraph_index: i32,
    composite_attributes: bytes,
    composite_attributes_format: i8,
    version: i32,
  },
};

function tablesOf(names: string): Table<Options>[] {
  return names
    .trim()
    .split(/\s+/)
    .map(name => table(name, fieldsByTable[name] ?? {}) as Table<Options>);
}

/**
 * The schema's union BuiltinOptions, in its order; a name stands for the table `<name>Options`.
 *
 * @see https://github.com/tensorflow/tensorflow/blob/v2.19.0/tensorflow/compiler/mlir/lite/schema/schema.fbs
 */
export const builtinOptions = choice(
  tablesOf(`
  Conv2D DepthwiseConv2D ConcatEmbeddings LSHProjection Pool2D SVDF RNN FullyConnected Softmax Concatenation Add L2Norm
  LocalResponseNormalization LSTM ResizeBilinear Call Reshape SkipGram SpaceToDepth EmbeddingLookupSparse Mul Pad Gather
  BatchToSpaceND SpaceToBatchND Transpose Reducer Sub Div Squeeze SequenceRNN StridedSlice Exp TopKV2 Split LogSoftmax Cast
  Dequantize MaximumMinimum ArgMax Less Neg PadV2 Greater GreaterEqual LessEqual Select Slice TransposeConv SparseToDense
  Tile ExpandDims Equal NotEqual Shape Pow ArgMin FakeQuant Pack LogicalOr OneHot LogicalAnd LogicalNot Unpack FloorDiv
  Square ZerosLike Fill BidirectionalSequenceLSTM BidirectionalSequenceRNN UnidirectionalSequenceLSTM FloorMod Range
  ResizeNearestNeighbor LeakyRelu SquaredDifference MirrorPad Abs SplitV Unique ReverseV2 AddN GatherNd Cos Where Rank
  ReverseSequence MatrixDiag Quantize MatrixSetDiag HardSwish If While DepthToSpace NonMaxSuppressionV4
  NonMaxSuppressionV5 ScatterNd SelectV2 Densify SegmentSum BatchMatMul Cumsum CallOnce BroadcastTo Rfft2d Conv3D
  Hashtable HashtableFind HashtableImport HashtableSize VarHandle ReadVariable AssignVariable Random Bucketize Gelu
  DynamicUpdateSlice UnsortedSegmentProd UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentSum ATan2 Sign Bitcast
  BitwiseXor RightShift
`),
);

/** The schema's union BuiltinOptions2, in its order. */
export const builtinOptions2 = choice(
  tablesOf(`
  StablehloConcatenate StablehloBroadcastInDim StablehloSlice StablehloConvolution StablehloCustomCall StablehloReduce
  StablehloScatter StablehloCompare StablehloDynamicSlice StablehloPad StablehloIota StablehloDotGeneral
  StablehloReduceWindow StablehloSort StablehloWhile StablehloGather StablehloTranspose Dilate StablehloRngBitGenerator
  ReduceWindow StableHLOComposite
`),
);
