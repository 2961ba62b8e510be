import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {jetson} from '../../../delegates/jetson/index.ts';
import {cudaSettings, refusedSettings, trtSettings} from '../../../delegates/jetson/trt-keys.ts';
import {ConfigError} from '../../../src/error/errors.ts';
import {packageRoot} from '../../../src/native/package-root.ts';
import {createDelegate} from '../../helpers/delegate.ts';

const refused = test.macro((t, options: Readonly<Record<string, unknown>>, message: RegExp) => {
  t.throws(() => createDelegate(jetson, options), {instanceOf: ConfigError, message});
});

test('an unknown option', refused, {precison: 'fp16'}, /^delegates\.jetson\.precison: is no option/);
test('a precision that is none', refused, {precision: 'fp8'}, /^delegates\.jetson\.precision: /);
test('a relative library', refused, {library: 'libonnxruntime.so'}, /library: expected an absolute path/);
test('no provider', refused, {providers: []}, /^delegates\.jetson\.providers: /);
test('a provider twice', refused, {providers: ['cuda', 'cuda']}, /expected each provider once/);
test('no workspace', refused, {workspaceMiB: 0}, /^delegates\.jetson\.workspaceMiB: /);
test(
  'a key with a slip',
  refused,
  {trt: {trt_min_subgraf_size: 5}},
  /^delegates\.jetson\.trt\.trt_min_subgraf_size: expected trt_min_subgraph_size or another key of docs/,
);
test('a key of nothing', refused, {cuda: {colour: 'red'}}, /^delegates\.jetson\.cuda\.colour: expected a key of docs/);
test('a flag that is none', refused, {trt: {trt_sparsity_enable: 'yes'}}, /sparsity_enable: expected true or false$/);
test('a fraction', refused, {trt: {trt_min_subgraph_size: 1.5}}, /subgraph_size: expected a whole number$/);
test('a text that is none', refused, {trt: {trt_profile_min_shapes: 3}}, /min_shapes: expected text$/);
test('a key with an option of its own', refused, {trt: {trt_fp16_enable: true}}, /left out: set `precision: fp16`/);
test('a key of the cache', refused, {trt: {trt_engine_cache_path: '/tmp'}}, /left out: Dunlin keeps engines/);
test(
  'a key that would give stale results',
  refused,
  {trt: {trt_cuda_graph_enable: true}},
  /results would be those of an old/,
);

test('every documented key is taken in its form', t => {
  t.notThrows(() =>
    createDelegate(jetson, {
      library: '/opt/onnxruntime/lib/libonnxruntime.so',
      providers: ['cuda', 'tensorrt'],
      precision: 'int8',
      workspaceMiB: 256,
      trt: {trt_sparsity_enable: true, trt_builder_optimization_level: 5, trt_tactic_sources: '+CUBLAS'},
      cuda: {use_tf32: 0, gpu_mem_limit: 1e9, cudnn_conv_algo_search: 'HEURISTIC'},
    }),
  );
});

test('the page about this delegate lists every key', t => {
  const page = readFileSync(join(packageRoot, 'docs', 'delegates', 'jetson.md'), 'utf8');
  for (const [key, {about}] of Object.entries({...trtSettings, ...cudaSettings})) {
    const [row] = page.split('\n').filter(line => line.startsWith(`| \`${key}\``));
    t.true(row?.includes(about), key);
  }
  t.is(Object.keys(trtSettings).filter(key => Object.hasOwn(refusedSettings, key)).length, 0);
});
