// The arrows of docs/architecture.md over the compiled tree: cli → daemon → pipeline → engine → contracts → tensor → error.
const layers = {
  error: [],
  log: [],
  tensor: [],
  kserve: ['tensor'],
  image: ['tensor', 'task'],
  model: ['tensor', 'image'],
  system: [],
  native: ['tensor', 'image', 'delegate', 'model', 'system'],
  delegate: ['tensor', 'model', 'image', 'native'],
  task: ['tensor', 'image', 'model'],
  event: ['task', 'image'],
  source: ['image', 'task'],
  sink: ['event', 'task'],
  profile: ['model', 'sink', 'system'],
  engine: ['delegate', 'model', 'profile', 'tensor', 'native', 'image'],
  pipeline: ['engine', 'source', 'task', 'event', 'sink', 'delegate', 'model', 'image', 'tensor'],
  http: ['kserve', 'tensor'],
  config: ['source', 'event', 'sink', 'profile', 'http', 'engine'],
};
const always = ['error', 'log'];
const rules = Object.entries(layers).map(([folder, allowed]) => ({
  name: `src-${folder}`,
  severity: 'error',
  from: {path: `^dist/src/${folder}/`},
  to: {
    path: '^dist/(src|delegates|firmware-bridge)/',
    pathNot: `^dist/src/(${[folder, ...allowed, ...always].join('|')})/`,
  },
}));

module.exports = {
  forbidden: [
    ...rules,
    {name: 'no-cycle', severity: 'error', from: {}, to: {circular: true}},
    {
      name: 'delegates',
      severity: 'error',
      from: {path: '^dist/delegates/'},
      to: {path: '^dist/src/', pathNot: '^dist/src/(tensor|kserve|model|native|delegate|image|system|error|log)/'},
    },
    {
      name: 'only-the-table-names-delegates',
      severity: 'error',
      from: {path: '^dist/src/', pathNot: '^dist/src/daemon/delegates\\.js$'},
      to: {path: '^dist/delegates/'},
    },
    {
      name: 'only-load-loads-the-addon',
      severity: 'error',
      from: {path: '^dist/', pathNot: '^dist/src/native/load\\.js$'},
      to: {path: '\\.node$'},
    },
  ],
  options: {doNotFollow: {path: 'node_modules'}, exclude: {path: 'node_modules|\\.d\\.ts$'}},
};
