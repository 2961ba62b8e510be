import type {Event} from '../src/event/event.ts';
import type {PipelineState} from '../src/sink/contract.ts';
import type {Health, NodeInfo} from '../src/sink/mqtt/node-payloads.ts';
import type {ResultPayload, Status} from '../src/sink/mqtt/payloads.ts';

export const status: Status = 'online';

export const info: NodeInfo = {
  v: 1,
  node: 'porch',
  version: '0.1.0',
  startedAt: '2026-11-20T08:15:02.120Z',
  profile: {id: 'raspberry-pi-5', name: 'Raspberry Pi 5'},
  delegates: [{id: 'cpu', devices: [{id: 'cpu', name: 'Cortex-A76, 4 cores'}]}],
  models: [
    {
      name: 'ssd-mobilenet',
      version: '1',
      sha256: 'a6bb0d1b54d4c1a2e5b0a5d5e0a4d0c4b8a9f5d6c3b2a1f0e9d8c7b6a5f4e3d2',
      format: 'tflite',
      task: 'detect',
      family: 'ssd-postprocess',
    },
  ],
  pipelines: [{name: 'door', source: 'rtsp://camera/stream', model: 'ssd-mobilenet'}],
};

export const health: Health = {
  v: 1,
  node: 'porch',
  at: '2026-11-20T09:00:02.500Z',
  uptimeS: 2700,
  temperatures: [{zone: 'cpu-thermal', celsius: 54.2}],
  throttling: {now: [], sinceBoot: ['under-voltage']},
  cpu: {load1: 0.42, cores: 4},
  memory: {totalBytes: 4_240_000_000, availableBytes: 3_310_000_000, rssBytes: 74_000_000},
  disk: {path: '/var/lib/dunlin', totalBytes: 31_000_000_000, freeBytes: 24_500_000_000, writable: true},
  clock: {synchronized: true},
  devices: [{delegate: 'cpu', device: 'cpu', sessions: 1, runs: 40_211, failures: 0}],
  outbox: {depth: 0, capacity: 10_000, lostUpdates: 0, lostOthers: 0},
  broker: {
    url: 'mqtt://192.168.1.2:1883',
    protocol: '5',
    connected: true,
    connects: 2,
    bufferedBytes: 0,
    resultsSent: 40_180,
    resultsDropped: 31,
    snapshotsSent: 12,
    snapshotsDropped: 0,
    eventsSent: 118,
    refused: 0,
  },
};

const delegate = {id: 'cpu', engine: 'tflite 2.21.0 + xnnpack', device: 'cpu'};

export const state: PipelineState = {
  v: 1,
  pipeline: 'door',
  status: 'running',
  source: 'rtsp://camera/stream',
  model: 'ssd-mobilenet',
  delegate: {...delegate, why: 'the only delegate with a device'},
  fps: 14.9,
  latencyMs: {p50: 31, p95: 38, p99: 52},
  frames: {captured: 40_270, dropped: 56, bad: 3, processed: 40_211, late: 0, restarts: 1},
};

export const result: ResultPayload = {
  v: 1,
  pipeline: 'door',
  frame: 40_212,
  at: '2026-11-20T09:00:02.431Z',
  ageMs: 33.1,
  width: 1280,
  height: 720,
  model: {name: 'ssd-mobilenet', version: '1'},
  delegate,
  result: {
    task: 'detect',
    detections: [{index: 0, label: 'person', score: 0.93, box: {x: 412, y: 96, width: 180, height: 488}}],
  },
  timing: {decodeMs: 3.1, preprocessMs: 0.9, runMs: 21.4, postprocessMs: 0.1, totalMs: 25.5},
};

export const event: Event = {
  v: 1,
  type: 'start',
  id: '2026-11-20T09:00:02.431Z-door-0001',
  pipeline: 'door',
  label: 'person',
  score: 0.93,
  bestScore: 0.93,
  box: {x: 412, y: 96, width: 180, height: 488},
  count: 1,
  startedAt: '2026-11-20T09:00:02.431Z',
  at: '2026-11-20T09:00:02.431Z',
  frame: 40_212,
};

export const count = 1;
