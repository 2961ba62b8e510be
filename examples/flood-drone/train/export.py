"""Writes the int8 TFLite and float ONNX files of both networks, with their manifests.

python -m train.export FOLDER
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from tensorflow.lite.tools import flatbuffer_utils
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from render.world import LABELS

from .dataset import INPUT_HEIGHT, INPUT_WIDTH, make_set
from .keras_net import build_folded
from .networks import STRIDES, Network, objects_network, water_network
from .onnx_net import write_onnx

MODELS = Path(__file__).resolve().parent.parent / 'models'
CALIBRATION_FRAMES = 240
SOURCE = 'trained on rendered drawings by examples/flood-drone/train; for demonstration only'
ABOUT = {
    'water': 'Water seen from above, on rendered drawings of floods. For demonstration only.',
    'objects': 'People, cars and boats seen from above, on rendered drawings of floods. For demonstration only.',
}


def load_weights(folder: Path, name: str) -> dict:
    stored = np.load(folder / f'{name}-weights.npz')
    names = {key.split(':')[0] for key in stored.files}
    return {key: (stored[f'{key}:0'], stored[f'{key}:1']) for key in names}


def calibration(folder: Path) -> np.ndarray:
    """float32 frames 0-1, the first with a black and a white pixel, so that the input's scale is exactly 1/255."""
    make_set(folder, 'calibrate', CALIBRATION_FRAMES, 2)
    images = np.load(folder / f'calibrate-{CALIBRATION_FRAMES}.npz')['images'].astype(np.float32) / 255
    images[0, 0, 0], images[0, 0, 1] = 0, 1
    return images


def to_tflite(net: Network, weights: dict, frames: np.ndarray) -> bytes:
    """Full int8 with int8 inputs and outputs; tensors named as in `net`, outputs in its order."""
    model = build_folded(net, weights)

    @tf.function(input_signature=[tf.TensorSpec((1, INPUT_HEIGHT, INPUT_WIDTH, 3), tf.float32, name='image')])
    def call(image):
        outputs = model(image, training=False)
        return keras.tree.flatten(outputs)

    frozen = convert_variables_to_constants_v2(call.get_concrete_function())
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([frame[None]] for frame in frames)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return rename(converter.convert(), net, [tuple(t.shape) for t in model.outputs])


def rename(content: bytes, net: Network, shapes: list[tuple[int, ...]]) -> bytes:
    flat = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    graph = flat.subgraphs[0]
    graph.tensors[graph.inputs[0]].name = b'image'
    for role, index, shape in zip(net.outputs, graph.outputs, shapes):
        if tuple(graph.tensors[index].shape) != shape:
            raise RuntimeError(f'{net.name}: output {role} has shape {list(graph.tensors[index].shape)}, expected {list(shape)}')
        graph.tensors[index].name = role.encode()
    flat.description = f'dunlin flood-drone {net.name}'.encode()
    return bytes(flatbuffer_utils.convert_object_to_bytearray(flat))


def manifest(net: Network, digests: dict[str, str]) -> dict:
    """model.json, as src/model/manifest.ts has it."""
    water = net.name == 'water'
    variant = {kind: {'file': f'{net.name}.{kind}', 'sha256': digest} for kind, digest in digests.items()}
    decode = {'backgroundIndex': 0} if water else {
        'activation': 'none', 'scoreThreshold': 0.5, 'nms': {'iou': 0.3, 'classAgnostic': False, 'maxDetections': 100}, 'strides': list(STRIDES)}
    return {
        'name': f'flood-{net.name}',
        'version': '1',
        'description': ABOUT[net.name],
        'task': 'segment' if water else 'detect',
        'family': 'semantic' if water else 'yolox',
        'license': 'Apache-2.0',
        'source': SOURCE,
        'variants': {'cpu': variant['tflite'], 'movidius': variant['onnx'], 'jetson': variant['onnx']},
        'inputs': [{'index': 0, 'role': 'image', 'width': INPUT_WIDTH, 'height': INPUT_HEIGHT, 'layout': 'nhwc', 'colorOrder': 'rgb',
                    'normalization': {'mean': [0, 0, 0], 'std': [255, 255, 255]}, 'fit': 'stretch', 'filter': 'bilinear'}],
        'outputs': [{'index': index, 'role': role} for index, role in enumerate(net.outputs)],
        'decode': decode,
        'labels': ['background', 'water'] if water else list(LABELS),
    }


def export(net: Network, folder: Path, frames: np.ndarray) -> None:
    weights = load_weights(folder, net.name)
    shapes = {role: [1, *tensor.shape[1:]] for role, tensor in zip(net.outputs, build_folded(net, weights).outputs)}
    files = {'tflite': to_tflite(net, weights, frames), 'onnx': write_onnx(net, weights, shapes)}
    target = MODELS / net.name
    target.mkdir(parents=True, exist_ok=True)
    for kind, content in files.items():
        (target / f'{net.name}.{kind}').write_bytes(content)
        print(f'{net.name}.{kind}: {len(content)} bytes')
    digests = {kind: hashlib.sha256(content).hexdigest() for kind, content in files.items()}
    (target / 'model.json').write_text(json.dumps(manifest(net, digests), indent=2) + '\n')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    folder = parser.parse_args().folder
    frames = calibration(folder)
    for net in (water_network(), objects_network()):
        if (folder / f'{net.name}-weights.npz').exists():
            export(net, folder, frames)


if __name__ == '__main__':
    main()
