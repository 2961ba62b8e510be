"""Measures the exported files on held-out rendered frames: int8 TFLite with ai-edge-litert, float ONNX with onnxruntime.

python -m train.evaluate [--frames N] [--set held-out|calibrate] [--threshold T]
Writes models/accuracy.json when run on the held-out set.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import time
from pathlib import Path

import numpy as np
import onnxruntime
from ai_edge_litert.interpreter import Interpreter

from render.world import LABELS

from .dataset import ENOUGH_VISIBLE, FIRST_SEED, fit, make_view
from .decode import Tally, decode_objects, decode_water, match

MODELS = Path(__file__).resolve().parent.parent / 'models'
MATCH_IOU = 0.4


class TfliteModel:
    def __init__(self, path: Path):
        self.interpreter = Interpreter(str(path), num_threads=1)
        self.interpreter.allocate_tensors()
        self.inputs, self.outputs = self.interpreter.get_input_details(), self.interpreter.get_output_details()

    def run(self, image: np.ndarray) -> dict[str, np.ndarray]:
        """uint8 [h, w, 3] → real values by output name."""
        scale, zero = self.inputs[0]['quantization']
        quantized = np.clip(np.round(image / 255 / scale) + zero, -128, 127).astype(np.int8)
        self.interpreter.set_tensor(self.inputs[0]['index'], quantized[None])
        self.interpreter.invoke()
        values = {}
        for output in self.outputs:
            scale, zero = output['quantization']
            values[output['name']] = (self.interpreter.get_tensor(output['index']).astype(np.float32) - zero) * scale
        return values

    def latency_ms(self, runs: int = 200) -> float:
        times = []
        for _ in range(runs):
            start = time.perf_counter()
            self.interpreter.invoke()
            times.append((time.perf_counter() - start) * 1000)
        return round(float(np.median(times)), 2)


class OnnxModel:
    def __init__(self, path: Path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
        self.names = [o.name for o in self.session.get_outputs()]

    def run(self, image: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(self.names, self.session.run(self.names, {'image': image[None].astype(np.float32) / 255})))


def _measure(job: tuple) -> tuple:
    """Counts for some seeds: (both, either) of water, and tallies, per engine."""
    seeds, threshold, nms_iou = job
    engines = {'int8': (TfliteModel(MODELS / 'water/water.tflite'), TfliteModel(MODELS / 'objects/objects.tflite')),
               'float': (OnnxModel(MODELS / 'water/water.onnx'), OnnxModel(MODELS / 'objects/objects.onnx'))}
    water = {name: np.zeros(2) for name in engines}
    tallies = {name: [Tally() for _ in LABELS] for name in engines}
    for seed in seeds:
        frame = make_view(seed)
        image, size = fit(frame.image), (frame.image.shape[1], frame.image.shape[0])
        truth = [(*o.box, LABELS.index(o.label), o.visible >= ENOUGH_VISIBLE) for o in frame.objects]
        for name, (water_model, objects_model) in engines.items():
            mask = decode_water(water_model.run(image)['logits'], *size)
            water[name] += (mask & frame.water).sum(), (mask | frame.water).sum()
            output = objects_model.run(image)
            match(decode_objects(output['boxes'], output['scores'], size, threshold, nms_iou), truth, MATCH_IOU, tallies[name])
    return water, tallies


def summary(tallies: list[Tally]) -> dict:
    """F1, precision and recall over all labels, and the counts of each."""
    total = Tally(*(sum(getattr(t, field) for t in tallies) for field in ('hits', 'false', 'missed')))
    return {
        'detectionF1': round(total.f1(), 4),
        'precision': round(total.hits / max(1, total.hits + total.false), 4),
        'recall': round(total.hits / max(1, total.hits + total.missed), 4),
        'perLabel': {label: {'f1': round(t.f1(), 4), 'hits': t.hits, 'false': t.false, 'missed': t.missed} for label, t in zip(LABELS, tallies)},
    }


def _report(parts: list[tuple], engine: str) -> dict:
    both, either = sum(part[0][engine] for part in parts)
    sums = [Tally(*(sum(getattr(part[1][engine][k], field) for part in parts) for field in ('hits', 'false', 'missed'))) for k in range(len(LABELS))]
    return {'waterIou': round(both / either, 4), **summary(sums)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--frames', type=int, default=400)
    parser.add_argument('--set', choices=('held-out', 'calibrate'), default='held-out')
    parser.add_argument('--threshold', type=float)
    options = parser.parse_args()
    decode = json.loads((MODELS / 'objects/model.json').read_text())['decode']
    threshold, nms_iou = options.threshold or decode['scoreThreshold'], decode['nms']['iou']
    first = FIRST_SEED[options.set]
    chunks = [list(range(first + start, first + min(start + 20, options.frames))) for start in range(0, options.frames, 20)]
    with multiprocessing.get_context('spawn').Pool(2) as pool:
        parts = pool.map(_measure, [(chunk, threshold, nms_iou) for chunk in chunks])
    report = {
        'set': options.set, 'frames': options.frames, 'firstSeed': first, 'matchIou': MATCH_IOU, 'scoreThreshold': threshold, 'nmsIou': nms_iou,
        'int8': _report(parts, 'int8'), 'float': _report(parts, 'float'),
        'int8LatencyMs': {name: TfliteModel(MODELS / f'{name}/{name}.tflite').latency_ms() for name in ('water', 'objects')},
        'latencyOn': f'{platform.machine()}, one thread, ai-edge-litert, median of 200 invokes',
        'bytes': {path.name: path.stat().st_size for path in sorted(MODELS.glob('*/*.tflite')) + sorted(MODELS.glob('*/*.onnx'))},
    }
    report['bytes']['total'] = sum(report['bytes'].values())
    text = json.dumps(report, indent=2)
    print(text)
    if options.set == 'held-out':
        (MODELS / 'accuracy.json').write_text(text + '\n')


if __name__ == '__main__':
    main()
