import {samePadding} from './check/ops/shapes.ts';
import type {TfliteOperator, TfliteSubgraph} from './file.ts';

interface Axis {
  /** Declared size of the input, −1 when it may change. */
  readonly size: number;
  readonly filter: number;
  readonly stride: number;
  readonly dilation: number;
}

/** True where the windows do not reach the end of the input: "same" padding would have to be negative. */
function fallsShort({size, filter, stride, dilation}: Axis): boolean {
  const extent = (filter - 1) * dilation + 1;
  return size < 0 ? extent < stride : (Math.ceil(size / stride) - 1) * stride + extent < size;
}

/** Height and width; undefined for filters that XNNPACK treats apart (1×1) and operators that are no convolution. */
function axesOf({tensors}: TfliteSubgraph, {name, inputs, options = {}}: TfliteOperator): readonly Axis[] | undefined {
  if (name !== 'CONV_2D' && name !== 'DEPTHWISE_CONV_2D') return undefined;
  const [input, filter] = [tensors[inputs[0] ?? -1], tensors[inputs[1] ?? -1]];
  if (options.padding !== samePadding || !input || !filter) return undefined;
  const option = (key: string) => Number(options[key] ?? 1);
  const axes = (['h', 'w'] as const).map((axis, index) => ({
    size: input.signature[index + 1] === -1 ? -1 : (input.shape[index + 1] ?? -1),
    filter: filter.shape[index + 1] ?? 1,
    stride: option(`stride_${axis}`),
    dilation: option(`dilation_${axis}_factor`),
  }));
  return axes.every(axis => axis.filter === 1) ? undefined : axes;
}

/**
 * Why XNNPACK would give wrong numbers for a graph; undefined when it is not known to. Its convolutions with "same" padding
 * answer zeros where stride and filter leave the last columns or rows unread: measured with TFLite 2.18.0 and 2.21.0 on
 * x86-64, November 2026 (filter 3, stride 4, input 64; filter 3×1, stride 2, input 64).
 */
export function xnnpackFault(subgraph: TfliteSubgraph): string | undefined {
  const faulty = subgraph.operators.find(operator => axesOf(subgraph, operator)?.some(fallsShort));
  return (
    faulty &&
    `XNNPACK miscomputes operator ${faulty.index} ${faulty.name}: a stride that leaves part of its input unread`
  );
}
