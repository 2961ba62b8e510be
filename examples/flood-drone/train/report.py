"""Writes models/TRAINING.md from the training logs and the measured accuracy.

python -m train.report FOLDER
"""

from __future__ import annotations

import argparse
import json
from importlib.metadata import version
from pathlib import Path

from .dataset import FIRST_SEED, VIEWS_PER_WORLD
from .evaluate import MODELS
from .export import CALIBRATION_FRAMES

PACKAGES = ('tensorflow-cpu', 'keras', 'numpy', 'opencv-python-headless', 'pillow', 'onnx', 'onnxruntime', 'ai-edge-litert')


def accuracy_table(report: dict) -> list[str]:
    rows = ['| held-out | int8 (TFLite) | float (ONNX) |', '|---|---|---|']
    for name, title in (('waterIou', 'water IoU'), ('detectionF1', 'detection F1'), ('precision', 'precision'), ('recall', 'recall')):
        rows.append(f"| {title} | {report['int8'][name]:.3f} | {report['float'][name]:.3f} |")
    for label in report['int8']['perLabel']:
        rows.append(f"| F1 {label} | {report['int8']['perLabel'][label]['f1']:.3f} | {report['float']['perLabel'][label]['f1']:.3f} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    folder = parser.parse_args().folder
    report = json.loads((MODELS / 'accuracy.json').read_text())
    clip = json.loads((MODELS / 'accuracy-clip.json').read_text())
    logs = [json.loads((folder / f'{name}-log.json').read_text()) for name in ('water', 'objects')]
    lines = [
        '<!-- Written by `python -m train.report`. -->', '', '# How the flood models were trained', '',
        '**Trained on drawings, for demonstration only.** They have never seen a photograph.', '',
        '## Data', '',
        f"{logs[0]['frames']} rendered frames for training, {CALIBRATION_FRAMES} for calibration, {report['frames']} held out; {VIEWS_PER_WORLD} views of each map. "
        f"First seeds: {', '.join(f'{name} {seed}' for name, seed in FIRST_SEED.items())}; no map is in two sets. Training seed {logs[0]['seed']}.", '',
        '## Accuracy', '',
        f"Boxes match at IoU {report['matchIou']}; score threshold {report['scoreThreshold']}, NMS at IoU {report['nmsIou']} per class. Water IoU is over all pixels of all frames, "
        'at the size of the frame. Objects of which less than half is seen are neither required nor punished.', '',
        *accuracy_table(report), '',
        f"On the demo flight (`flight.mjpeg`, {clip['frames']} frames, int8): detection F1 {clip['detectionF1']:.3f}, "
        f"share of water wrong by {clip['waterFractionError']['mean']:.3f} on average.", '',
        '## Files', '',
        *(f'- `{name}`: {size} bytes' for name, size in report['bytes'].items()), '',
        f"int8 latency: water {report['int8LatencyMs']['water']} ms, objects {report['int8LatencyMs']['objects']} ms ({report['latencyOn']}).", '',
        '## Log', '', 'On two x86-64 cores that were busy with other work, after rendering the sets:', '', '```', *(line for log in logs for line in log['lines']), '```', '',
        '## Versions', '', *(f'- {name} {version(name)}' for name in PACKAGES), '',
        '## Commands', '', 'As in the README of this example.', '',
    ]
    (MODELS / 'TRAINING.md').write_text('\n'.join(lines))


if __name__ == '__main__':
    main()
