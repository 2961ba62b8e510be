// The quick tests: pure code, no native library, no child process, no server.
export default {
  files: [
    'dist/test/{config,error,event,image,kserve,model,pipeline,profile,task,tensor}/**/*.test.js',
    '!dist/test/**/*.slow.test.js',
  ],
  timeout: '1m',
  environmentVariables: {NO_COLOR: '1'},
};
