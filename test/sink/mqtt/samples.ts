import type {Event} from '../../../src/event/event.ts';
import type {PipelineState, ResultMessage} from '../../../src/sink/contract.ts';
import type {HealthReadings, NodeInfo} from '../../../src/sink/mqtt/node-payloads.ts';

export const delegate = {id: 'cpu', engine: 'tflite 2.21.0 + xnnpack', device: 'cpu'};

export const detectMessage: ResultMessage = {
  v: 1,
  pipeline: 'door',
  frame: 7,
  at: '2026-01-02T03:04:05.678Z',
  ageMs: 30.5,
  width: 640,
  height: 480,
  model: {name: 'ssd', version: '1'},
  delegate,
  result: {
    task: 'detect',
    detections: [{index: 0, label: 'person', score: 0.75, box: {x: 10, y: 20, width: 30, height: 40}}],
  },
  timing: {decodeMs: 1, preprocessMs: 2, runMs: 3, postprocessMs: 4, totalMs: 10},
};

export const startEvent: Event = {
  v: 1,
  type: 'start',
  id: 'e1',
  pipeline: 'door',
  label: 'person',
  score: 0.75,
  bestScore: 0.75,
  box: {x: 10.4, y: 20, width: 30, height: 40.6},
  count: 2,
  startedAt: '2026-01-02T03:04:05.000Z',
  at: '2026-01-02T03:04:05.000Z',
  frame: 7,
};

export const runningState: PipelineState = {
  v: 1,
  pipeline: 'door',
  status: 'running',
  source: 'test:',
  model: 'ssd',
  delegate: {...delegate, why: 'the only one'},
  fps: 14.96,
  latencyMs: {p50: 31, p95: 38, p99: 52},
  frames: {captured: 10, dropped: 2, bad: 0, processed: 8, late: 0, restarts: 1},
};

export const nodeInfo: NodeInfo = {
  v: 1,
  node: 'porch',
  version: '0.1.0',
  startedAt: '2026-01-02T03:00:00.000Z',
  profile: {id: 'generic-x86-64', name: 'PC'},
  delegates: [{id: 'cpu', devices: [{id: 'cpu', name: '2 cores'}]}],
  models: [],
  pipelines: [{name: 'door', source: 'test:', model: 'ssd'}],
};

export const readings: HealthReadings = {
  temperatures: [{zone: 'cpu-thermal', celsius: 54.2}],
  memory: {totalBytes: 8e9, availableBytes: 4e9, rssBytes: 7e7},
  devices: [],
};
