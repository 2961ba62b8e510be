"""Measures the int8 files on the demo flight, decoded from the committed video, against its ground truth.

python -m train.evaluate_clip
Writes models/accuracy-clip.json.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from render.world import LABELS

from .dataset import ENOUGH_VISIBLE, fit
from .decode import Tally, decode_objects, decode_water, match
from .evaluate import MATCH_IOU, MODELS, TfliteModel, summary


def main() -> None:
    folder = Path(__file__).resolve().parent.parent
    truth = json.loads((folder / 'flight.truth.json').read_text())
    decode = json.loads((MODELS / 'objects/model.json').read_text())['decode']
    water, objects = TfliteModel(MODELS / 'water/water.tflite'), TfliteModel(MODELS / 'objects/objects.tflite')
    video, size = cv2.VideoCapture(str(folder / 'flight.mjpeg')), (truth['width'], truth['height'])
    tallies, differences = [Tally() for _ in LABELS], []
    for row in truth['frames']:
        read, image = video.read()
        if not read:
            raise SystemExit(f'flight.mjpeg: ended after {len(differences)} frames, the truth has {len(truth["frames"])}')
        image = fit(np.ascontiguousarray(image[..., ::-1]))
        differences.append(abs(float(decode_water(water.run(image)['logits'], *size).mean()) - row['water']))
        output = objects.run(image)
        found = decode_objects(output['boxes'], output['scores'], size, decode['scoreThreshold'], decode['nms']['iou'])
        boxes = [(x, y, w, h, LABELS.index(label), visible >= ENOUGH_VISIBLE) for label, x, y, w, h, visible in row['objects']]
        match(found, boxes, MATCH_IOU, tallies)
    report = {'frames': len(differences), 'matchIou': MATCH_IOU, **summary(tallies),
              'waterFractionError': {'mean': round(float(np.mean(differences)), 4), 'largest': round(float(np.max(differences)), 4)}}
    text = json.dumps(report, indent=2)
    print(text)
    (MODELS / 'accuracy-clip.json').write_text(text + '\n')


if __name__ == '__main__':
    main()
