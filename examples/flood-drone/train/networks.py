"""The two networks as plain lists of layers, from which the trainable and the exported forms are built."""

from __future__ import annotations

from dataclasses import dataclass, field

from render.world import LABELS

from .dataset import INPUT_HEIGHT, INPUT_WIDTH

STRIDES = (4, 8)


@dataclass(frozen=True)
class Layer:
    """op: conv, depthwise, up (bilinear x2), add, concat (channels), rows ([1, h, w, c] → [1, h*w, c]), stack (rows), sigmoid."""

    name: str
    op: str
    inputs: tuple[str, ...]
    channels: int = 0
    kernel: int = 1
    stride: int = 1
    relu: bool = True


@dataclass
class Network:
    name: str
    layers: list[Layer] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)  # role → layer

    def add(self, name: str, op: str, *inputs: str, **details) -> str:
        self.layers.append(Layer(name, op, inputs, **details))
        return name

    def conv(self, name: str, source: str, channels: int, kernel: int = 3, stride: int = 1, relu: bool = True) -> str:
        return self.add(name, 'conv', source, channels=channels, kernel=kernel, stride=stride, relu=relu)


def _trunk(net: Network, widths: tuple[int, int, int, int]) -> tuple[str, str, str]:
    """Features at strides 2, 4, 8 and 16, of which the last is folded into the others on the way back up."""
    a, b, c, d = widths
    half = net.conv('half', 'image', a, stride=2)
    net.conv('quarter_in', half, b, stride=2)
    quarter = net.add('quarter', 'add', 'quarter_in', net.conv('quarter_mix', 'quarter_in', b))
    net.conv('eighth_in', quarter, c, stride=2)
    eighth = net.add('eighth', 'add', 'eighth_in', net.conv('eighth_mix', 'eighth_in', c))
    net.conv('deep', eighth, d, stride=2)
    last = 'deep'
    for index in range(2):
        net.add(f'deep{index}_wide', 'depthwise', last, kernel=5)
        net.conv(f'deep{index}_point', f'deep{index}_wide', d, kernel=1)
        last = net.add(f'deep{index}', 'add', last, f'deep{index}_point')
    net.add('deep_up', 'up', net.conv('deep_narrow', last, c, kernel=1))
    eighth = net.conv('eighth_out', net.add('eighth_sum', 'add', 'deep_up', eighth), c)
    net.add('eighth_up', 'up', net.conv('eighth_narrow', eighth, b, kernel=1))
    quarter = net.conv('quarter_out', net.add('quarter_sum', 'add', 'eighth_up', quarter), b)
    return half, quarter, eighth


def water_network() -> Network:
    """Image → logits [1, 192, 256, 2]: background, water."""
    net = Network('water')
    half, quarter, _ = _trunk(net, (12, 20, 28, 40))
    net.add('quarter_up', 'up', net.conv('quarter_narrow', quarter, 12, kernel=1))
    net.conv('half_out', net.add('half_sum', 'add', 'quarter_up', half), 12)
    net.conv('half_logits', 'half_out', 2, kernel=1, relu=False)
    net.outputs['logits'] = net.add('logits', 'up', 'half_logits')
    return net


def objects_network() -> Network:
    """Image → boxes [1, 3840, 4] and scores [1, 3840, 4] (objectness, then classes), the cells of stride 4 before those of 8."""
    net = Network('objects')
    _, quarter, eighth = _trunk(net, (16, 24, 36, 48))
    for level, source in (('quarter', quarter), ('eighth', eighth)):
        net.conv(f'{level}_boxes', source, 4, kernel=1, relu=False)
        net.add(f'{level}_box_rows', 'rows', f'{level}_boxes')
        net.conv(f'{level}_scores', source, 1 + len(LABELS), kernel=1, relu=False)
        net.add(f'{level}_score_rows', 'rows', f'{level}_scores')
    net.outputs['boxes'] = net.add('boxes', 'stack', 'quarter_box_rows', 'eighth_box_rows')
    net.add('score_rows', 'stack', 'quarter_score_rows', 'eighth_score_rows')
    net.outputs['scores'] = net.add('scores', 'sigmoid', 'score_rows')
    return net


def grid_shapes() -> list[tuple[int, int, int]]:
    """(stride, rows, columns) of each level."""
    return [(stride, INPUT_HEIGHT // stride, INPUT_WIDTH // stride) for stride in STRIDES]
