"""Trains both networks on a rendered set and writes their folded weights.

python -m train.train FOLDER [--only water|objects] [--epochs-water N] [--epochs-objects N]
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from .dataset import make_set
from .keras_net import build, fold
from .networks import Network, objects_network, water_network
from .targets import BOX, CLASS, COUNTS, POSITIVE, make_targets

SEED = 7
BATCH = 16
RARE = -4.0  # objectness to begin with: most cells are empty
PEAK_RATE = {'water': 6e-3, 'objects': 5e-3}


def vary(images: tf.Tensor) -> tf.Tensor:
    """uint8 → float 0-1 under changed light and colour."""
    values = tf.cast(images, tf.float32) / 255
    shape = (tf.shape(values)[0], 1, 1, 3)
    gain = tf.random.uniform(shape[:3] + (1,), 0.8, 1.25) * tf.random.uniform(shape, 0.94, 1.06)
    shift = tf.random.uniform(shape[:3] + (1,), -0.06, 0.06)
    noise = tf.random.normal(tf.shape(values), stddev=0.012)
    return tf.clip_by_value(values * gain + shift + noise, 0, 1)


def water_loss(logits: list, share: tf.Tensor) -> tf.Tensor:
    """Cross entropy against the share of water in each pixel, plus a soft IoU."""
    difference = logits[0][..., 1] - logits[0][..., 0]
    entropy = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(share, difference))
    wet = tf.sigmoid(difference)
    both = tf.reduce_sum(wet * share, (1, 2)) + 20
    either = tf.reduce_sum(wet + share - wet * share, (1, 2)) + 20
    return entropy + 0.3 * tf.reduce_mean(1 - both / either)


def objects_loss(outputs: list, target: tf.Tensor) -> tf.Tensor:
    """Focal objectness over all cells that count; classes and boxes over the positive ones."""
    boxes, scores = outputs
    positive, counts = target[..., POSITIVE], target[..., COUNTS]
    number = tf.reduce_sum(positive) + 1
    probability = tf.sigmoid(scores[..., 0])
    entropy = tf.nn.sigmoid_cross_entropy_with_logits(positive, scores[..., 0])
    wrong = tf.abs(positive - probability)
    objectness = tf.reduce_sum(entropy * counts * wrong**1.5 * (0.4 + 0.2 * positive)) / number
    wanted = tf.one_hot(tf.cast(target[..., CLASS], tf.int32), scores.shape[-1] - 1)
    classes = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(wanted, scores[..., 1:]), -1)
    classes = tf.reduce_sum(classes * positive) / number
    truth = target[..., BOX]
    low = tf.maximum(boxes[..., :2] - tf.exp(boxes[..., 2:]) / 2, truth[..., :2] - tf.exp(truth[..., 2:]) / 2)
    high = tf.minimum(boxes[..., :2] + tf.exp(boxes[..., 2:]) / 2, truth[..., :2] + tf.exp(truth[..., 2:]) / 2)
    both = tf.reduce_prod(tf.maximum(high - low, 0), -1)
    either = tf.exp(tf.reduce_sum(boxes[..., 2:], -1)) + tf.exp(tf.reduce_sum(truth[..., 2:], -1)) - both
    overlap = tf.reduce_sum((1 - both / (either + 1e-6)) * positive) / number
    straight = tf.reduce_sum(tf.reduce_mean(tf.abs(boxes - truth), -1) * positive) / number
    return 3 * objectness + classes + 2 * overlap + straight


def flip_targets(levels: list[np.ndarray], horizontal: bool, vertical: bool) -> np.ndarray:
    """[b, rows, columns, 7] per level, mirrored with the picture → [b, N, 7]."""
    rows = []
    for level in levels:
        if horizontal:
            level = level[:, :, ::-1].copy()
            level[..., 0] = 1 - level[..., 0]
        if vertical:
            level = level[:, ::-1].copy()
            level[..., 1] = 1 - level[..., 1]
        rows.append(level.reshape(len(level), -1, level.shape[-1]))
    return np.concatenate(rows, 1)


def batches(rng: np.random.Generator, net: str, data: dict) -> tuple:
    """Endless epochs of mirrored batches."""
    count = len(data['images'])
    for chosen in rng.permutation(count)[: count // BATCH * BATCH].reshape(-1, BATCH):
        horizontal, vertical = rng.random(2) < 0.5
        turn = (slice(None), slice(None, None, -1 if vertical else 1), slice(None, None, -1 if horizontal else 1))
        images = data['images'][chosen][turn]
        if net == 'water':
            yield images, data['water'][chosen][turn].astype(np.float32) / 255
        else:
            yield images, flip_targets([level[chosen] for level in data['levels']], horizontal, vertical)


def train(net: Network, loss_of, data: dict, epochs: int) -> tuple[keras.Model, list[str]]:
    """Adam with one warm-up and a cosine to zero. Returns the model and the log."""
    keras.utils.set_random_seed(SEED)
    rng = np.random.default_rng(SEED)
    model = build(net, upto_logits=True)
    for name in ('quarter_scores', 'eighth_scores') if net.name == 'objects' else ():
        kernel, bias = model.get_layer(name).get_weights()
        bias[0] = RARE
        model.get_layer(name).set_weights([kernel, bias])
    steps = epochs * (len(data['images']) // BATCH)
    optimizer = keras.optimizers.AdamW(1e-3, weight_decay=1e-4, clipnorm=5.0)
    optimizer.build(model.trainable_variables)
    rate = tf.Variable(0.0)

    @tf.function(jit_compile=False)
    def step(images, target):
        with tf.GradientTape() as tape:
            loss = loss_of(keras.tree.flatten(model(vary(images), training=True)), target)
        optimizer.learning_rate.assign(rate)
        optimizer.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    log, done, started = [], 0, time.time()
    for epoch in range(epochs):
        losses = []
        for images, target in batches(rng, net.name, data):
            warm = min(1.0, (done + 1) / 150)
            rate.assign(PEAK_RATE[net.name] * warm * 0.5 * (1 + math.cos(math.pi * done / steps)))
            losses.append(float(step(tf.constant(images), tf.constant(target))))
            done += 1
        log.append(f'{net.name} epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}, {time.time() - started:.0f} s')
        print(log[-1], flush=True)
    return model, log


def load(folder: Path, count: int) -> dict:
    path = folder / f'train-{count}.npz'
    stored = np.load(path)
    data = {name: stored[name] for name in ('images', 'water', 'boxes', 'owners')}
    ends = np.searchsorted(data['owners'], np.arange(count + 1))
    levels = [make_targets(data['boxes'][ends[i]:ends[i + 1]]) for i in range(count)]
    data['levels'] = [np.stack([level[k] for level in levels]) for k in range(2)]
    return data


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--only', choices=('water', 'objects'))
    parser.add_argument('--count', type=int, default=2600)
    parser.add_argument('--epochs-water', type=int, default=8)
    parser.add_argument('--epochs-objects', type=int, default=12)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    make_set(options.folder, 'train', options.count, 2)
    data = load(options.folder, options.count)
    for net, loss_of, epochs in ((water_network(), water_loss, options.epochs_water), (objects_network(), objects_loss, options.epochs_objects)):
        if options.only not in (None, net.name):
            continue
        model, log = train(net, loss_of, data, epochs)
        pairs = fold(net, model)
        np.savez(options.folder / f'{net.name}-weights.npz', **{f'{k}:{i}': v[i] for k, v in pairs.items() for i in (0, 1)})
        (options.folder / f'{net.name}-log.json').write_text(json.dumps({'seed': SEED, 'frames': options.count, 'lines': log}))


if __name__ == '__main__':
    main()
