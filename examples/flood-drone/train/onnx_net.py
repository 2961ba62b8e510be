"""A network of networks.py as a float ONNX graph that takes and gives the same tensors as the TFLite form (channels last)."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from .dataset import INPUT_HEIGHT, INPUT_WIDTH
from .keras_net import HAS_WEIGHTS
from .networks import Layer, Network

OPSET = 17


class Writer:
    def __init__(self, weights: dict):
        self.weights = weights
        self.nodes: list = []
        self.constants: dict[str, np.ndarray] = {}

    def node(self, op: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output

    def constant(self, name: str, value: np.ndarray) -> str:
        self.constants[name] = value
        return name

    def convolution(self, layer: Layer, size: int) -> None:
        kernel, bias = self.weights[layer.name]
        groups = 1
        if layer.op == 'depthwise':
            groups = kernel.shape[2]
            kernel = kernel.transpose(2, 3, 0, 1)
        else:
            kernel = kernel.transpose(3, 2, 0, 1)
        # TensorFlow's "same": at stride 2 on an even size the padding goes to the end.
        total = max(layer.kernel - layer.stride, 0) if size % layer.stride == 0 else layer.kernel - 1
        before = total // 2
        target = f'{layer.name}_raw' if layer.relu else layer.name
        self.node('Conv', [layer.inputs[0], self.constant(f'{layer.name}_kernel', np.ascontiguousarray(kernel, np.float32)),
                           self.constant(f'{layer.name}_bias', bias.astype(np.float32))], target,
                  kernel_shape=[layer.kernel] * 2, strides=[layer.stride] * 2, group=groups,
                  pads=[before, before, total - before, total - before])
        if layer.relu:
            self.node('Clip', [target, self.constant('zero', np.float32(0)), self.constant('six', np.float32(6))], layer.name)

    def layer(self, layer: Layer, sizes: dict[str, int]) -> None:
        first = layer.inputs[0]
        sizes[layer.name] = sizes[first] // layer.stride * (2 if layer.op == 'up' else 1)
        if layer.op in HAS_WEIGHTS:
            self.convolution(layer, sizes[first])
        elif layer.op == 'up':
            scales = self.constant('double', np.array([1, 1, 2, 2], np.float32))
            self.node('Resize', [first, '', scales], layer.name, mode='linear', coordinate_transformation_mode='half_pixel')
        elif layer.op == 'add':
            self.node('Add', list(layer.inputs), layer.name)
        elif layer.op == 'rows':
            last = self.node('Transpose', [first], f'{layer.name}_last', perm=[0, 2, 3, 1])
            channels = self.weights[first][1].shape[0]
            self.node('Reshape', [last, self.constant(f'{layer.name}_shape', np.array([1, -1, channels], np.int64))], layer.name)
        elif layer.op == 'stack':
            self.node('Concat', list(layer.inputs), layer.name, axis=1)
        elif layer.op == 'sigmoid':
            self.node('Sigmoid', [first], layer.name)
        else:
            raise ValueError(f'unknown layer {layer.op}')


def write_onnx(net: Network, weights: dict, shapes: dict[str, list[int]]) -> bytes:
    """shapes: of every output, by role. The input is `image`, float32 [1, 192, 256, 3], real values as the TFLite form has them."""
    writer = Writer(weights)
    writer.node('Transpose', ['image'], 'image_first', perm=[0, 3, 1, 2])
    sizes = {'image_first': INPUT_HEIGHT}
    for layer in net.layers:
        renamed = tuple('image_first' if name == 'image' else name for name in layer.inputs)
        writer.layer(Layer(layer.name, layer.op, renamed, layer.channels, layer.kernel, layer.stride, layer.relu), sizes)
    outputs = []
    for role, name in net.outputs.items():
        flat = len(shapes[role]) == 3
        if not flat:
            writer.nodes[-1].name = writer.nodes[-1].output[0] = f'{name}_first'
            writer.node('Transpose', [f'{name}_first'], name, perm=[0, 2, 3, 1])
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[role]))
    graph = helper.make_graph(
        writer.nodes, net.name,
        [helper.make_tensor_value_info('image', TensorProto.FLOAT, [1, INPUT_HEIGHT, INPUT_WIDTH, 3])],
        outputs, [numpy_helper.from_array(value, name) for name, value in writer.constants.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', OPSET)], producer_name='dunlin flood-drone')
    model.ir_version = 8
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()
