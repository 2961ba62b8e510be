"""A network of networks.py in Keras, with batch normalisation for training or folded into the convolutions for export."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from .dataset import INPUT_HEIGHT, INPUT_WIDTH
from .networks import Layer, Network

HAS_WEIGHTS = ('conv', 'depthwise')


def build(net: Network, folded: bool = False, upto_logits: bool = False) -> keras.Model:
    """folded: convolutions with bias instead of normalisation. upto_logits: leaves out the final sigmoid."""
    tensors = {'image': keras.Input((INPUT_HEIGHT, INPUT_WIDTH, 3), batch_size=1 if folded else None, name='image')}
    for layer in net.layers:
        sources = [tensors[name] for name in layer.inputs]
        if layer.op == 'sigmoid' and upto_logits:
            tensors[layer.name] = sources[0]
        else:
            tensors[layer.name] = _apply(layer, sources, folded)
    return keras.Model(tensors['image'], [tensors[name] for name in net.outputs.values()], name=net.name)


def _apply(layer: Layer, sources: list, folded: bool):
    first = sources[0]
    if layer.op in HAS_WEIGHTS:
        bias = folded or not layer.relu
        if layer.op == 'conv':
            made = layers.Conv2D(layer.channels, layer.kernel, layer.stride, 'same', use_bias=bias, name=layer.name)
        else:
            made = layers.DepthwiseConv2D(layer.kernel, 1, 'same', use_bias=bias, name=layer.name)
        value = made(first)
        if layer.relu and not folded:
            value = layers.BatchNormalization(momentum=0.97, name=f'{layer.name}_norm')(value)
        return layers.ReLU(6.0, name=f'{layer.name}_relu')(value) if layer.relu else value
    if layer.op == 'up':
        return layers.UpSampling2D(2, interpolation='bilinear', name=layer.name)(first)
    if layer.op == 'add':
        return layers.Add(name=layer.name)(sources)
    if layer.op == 'rows':
        return layers.Reshape((first.shape[1] * first.shape[2], first.shape[3]), name=layer.name)(first)
    if layer.op == 'stack':
        return layers.Concatenate(axis=1, name=layer.name)(sources)
    if layer.op == 'sigmoid':
        return layers.Activation('sigmoid', name=layer.name)(first)
    raise ValueError(f'unknown layer {layer.op}')


def fold(net: Network, trained: keras.Model) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Kernel and bias of every convolution, with the normalisation that followed it multiplied in."""
    weights = {}
    for layer in net.layers:
        if layer.op not in HAS_WEIGHTS:
            continue
        values = [np.asarray(v) for v in trained.get_layer(layer.name).get_weights()]
        kernel = values[0]
        if not layer.relu:
            weights[layer.name] = (kernel, values[1])
            continue
        norm = trained.get_layer(f'{layer.name}_norm')
        gamma, beta, mean, variance = (np.asarray(v) for v in norm.get_weights())
        gain = gamma / np.sqrt(variance + norm.epsilon)
        shaped = gain[None, None, :, None] if layer.op == 'depthwise' else gain
        weights[layer.name] = (kernel * shaped, beta - mean * gain)
    return weights


def build_folded(net: Network, weights: dict[str, tuple[np.ndarray, np.ndarray]]) -> keras.Model:
    """The form that is exported: batch 1, no normalisation layers."""
    model = build(net, folded=True)
    for name, pair in weights.items():
        model.get_layer(name).set_weights(list(pair))
    return model
