export default {
  files: ['dist/test/**/*.test.js'],
  timeout: '5m',
  environmentVariables: {NO_COLOR: '1'},
};
