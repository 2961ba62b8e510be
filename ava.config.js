export default {
  files: ['dist/test/**/*.test.js'],
  timeout: '5m',
  workerThreads: false, // a process per file: what one file's native code leaks or breaks is seen there, and only there

  environmentVariables: {NO_COLOR: '1'},
};
