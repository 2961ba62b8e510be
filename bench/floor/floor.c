/*
 * The floor: what the same work costs in bare C, on the same TFLite library and the same picture code.
 *   floor invoke LIB MODEL                       answers "N\n" on stdin with "WALL_MS CPU_MS\n" for N invokes
 *   floor stream LIB JPEGLIB MODEL FOLDER PORT   sends top-1 of each JPEG of a folder to an MQTT broker on loopback
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "image_process.h"

typedef struct TfLiteModel TfLiteModel;
typedef struct TfLiteInterpreter TfLiteInterpreter;
typedef struct TfLiteInterpreterOptions TfLiteInterpreterOptions;
typedef struct TfLiteTensor TfLiteTensor;
typedef struct TfLiteDelegate TfLiteDelegate;
typedef struct {
  int32_t num_threads;
  uint32_t flags;
  uint8_t rest[504];
} XnnpackOptions;

#define API(result, name, ...) static result (*name)(__VA_ARGS__)
API(TfLiteModel *, TfLiteModelCreateFromFile, const char *);
API(TfLiteInterpreterOptions *, TfLiteInterpreterOptionsCreate, void);
API(void, TfLiteInterpreterOptionsSetNumThreads, TfLiteInterpreterOptions *, int32_t);
API(void, TfLiteInterpreterOptionsAddDelegate, TfLiteInterpreterOptions *, TfLiteDelegate *);
API(TfLiteInterpreter *, TfLiteInterpreterCreate, const TfLiteModel *, const TfLiteInterpreterOptions *);
API(int, TfLiteInterpreterAllocateTensors, TfLiteInterpreter *);
API(int, TfLiteInterpreterInvoke, TfLiteInterpreter *);
API(TfLiteTensor *, TfLiteInterpreterGetInputTensor, const TfLiteInterpreter *, int32_t);
API(const TfLiteTensor *, TfLiteInterpreterGetOutputTensor, const TfLiteInterpreter *, int32_t);
API(void *, TfLiteTensorData, const TfLiteTensor *);
API(size_t, TfLiteTensorByteSize, const TfLiteTensor *);
API(int32_t, TfLiteTensorDim, const TfLiteTensor *, int32_t);
API(XnnpackOptions, TfLiteXNNPackDelegateOptionsDefault, void);
API(TfLiteDelegate *, TfLiteXNNPackDelegateCreate, const XnnpackOptions *);

static void fail(const char *what) {
  fprintf(stderr, "floor: %s failed\n", what);
  exit(1);
}

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (!found) fail(name);
  return found;
}

static TfLiteInterpreter *open_model(const char *library_path, const char *model_path) {
  void *library = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
  if (!library) fail(dlerror());
#define LOAD(name) *(void **)&name = symbol(library, #name)
  LOAD(TfLiteModelCreateFromFile);
  LOAD(TfLiteInterpreterOptionsCreate);
  LOAD(TfLiteInterpreterOptionsSetNumThreads);
  LOAD(TfLiteInterpreterOptionsAddDelegate);
  LOAD(TfLiteInterpreterCreate);
  LOAD(TfLiteInterpreterAllocateTensors);
  LOAD(TfLiteInterpreterInvoke);
  LOAD(TfLiteInterpreterGetInputTensor);
  LOAD(TfLiteInterpreterGetOutputTensor);
  LOAD(TfLiteTensorData);
  LOAD(TfLiteTensorByteSize);
  LOAD(TfLiteTensorDim);
  LOAD(TfLiteXNNPackDelegateCreate);
  /* The options' size differs between versions; the default is returned by hidden pointer into our larger struct. */
  LOAD(TfLiteXNNPackDelegateOptionsDefault);
  XnnpackOptions xnnpack = TfLiteXNNPackDelegateOptionsDefault();
  xnnpack.num_threads = 1;
  TfLiteInterpreterOptions *options = TfLiteInterpreterOptionsCreate();
  TfLiteInterpreterOptionsSetNumThreads(options, 1);
  TfLiteInterpreterOptionsAddDelegate(options, TfLiteXNNPackDelegateCreate(&xnnpack));
  TfLiteModel *model = TfLiteModelCreateFromFile(model_path);
  if (!model) fail("reading the model");
  TfLiteInterpreter *interpreter = TfLiteInterpreterCreate(model, options);
  if (!interpreter || TfLiteInterpreterAllocateTensors(interpreter)) fail("opening the model");
  return interpreter;
}

static double clock_ms(clockid_t id) {
  struct timespec now;
  clock_gettime(id, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int invoke_loop(TfLiteInterpreter *interpreter) {
  TfLiteTensor *input = TfLiteInterpreterGetInputTensor(interpreter, 0);
  memset(TfLiteTensorData(input), 0, TfLiteTensorByteSize(input));
  int count;
  while (scanf("%d", &count) == 1) {
    double wall = clock_ms(CLOCK_MONOTONIC), cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < count; i++)
      if (TfLiteInterpreterInvoke(interpreter)) fail("invoke");
    printf("%.6f %.6f\n", clock_ms(CLOCK_MONOTONIC) - wall, clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu);
    fflush(stdout);
  }
  return 0;
}

static int connect_broker(int port) {
  int broker = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(broker, (struct sockaddr *)&address, sizeof address)) fail("connecting to the broker");
  static const uint8_t hello[] = {0x10, 17, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 5, 'f', 'l', 'o', 'o', 'r'};
  uint8_t answer[4];
  if (write(broker, hello, sizeof hello) != sizeof hello || read(broker, answer, 4) != 4 || answer[3] != 0) fail("MQTT CONNECT");
  return broker;
}

static void publish(int broker, const char *topic, const char *text) {
  uint8_t packet[512];
  size_t topic_length = strlen(topic), length = strlen(text), remaining = 2 + topic_length + length, at = 0;
  packet[at++] = 0x30;
  if (remaining > 127) packet[at++] = (uint8_t)(remaining % 128 | 128), packet[at++] = (uint8_t)(remaining / 128);
  else packet[at++] = (uint8_t)remaining;
  packet[at++] = 0;
  packet[at++] = (uint8_t)topic_length;
  memcpy(packet + at, topic, topic_length);
  memcpy(packet + at + topic_length, text, length);
  at += topic_length + length;
  if (write(broker, packet, at) != (ssize_t)at) fail("MQTT PUBLISH");
}

static uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*size);
  if (!bytes || fread(bytes, 1, *size, file) != *size) fail(path);
  fclose(file);
  return bytes;
}

static int is_jpeg(const struct dirent *entry) { return strstr(entry->d_name, ".jpg") != NULL; }

static int stream(TfLiteInterpreter *interpreter, const char *jpeg_path, const char *folder, int port) {
  char error[256];
  dunlin_jpeg *jpeg = dunlin_jpeg_open(jpeg_path, error, sizeof error);
  if (!jpeg) fail(error);
  dunlin_scratch *scratch = dunlin_scratch_create();
  TfLiteTensor *input = TfLiteInterpreterGetInputTensor(interpreter, 0);
  dunlin_image_input wanted = {.width = TfLiteTensorDim(input, 2), .height = TfLiteTensorDim(input, 1), .filter = 1, .dtype = 3, .multiply = {1, 1, 1}};
  const TfLiteTensor *output = TfLiteInterpreterGetOutputTensor(interpreter, 0);
  int broker = connect_broker(port);
  struct dirent **entries;
  int count = scandir(folder, &entries, is_jpeg, alphasort);
  if (count < 1) fail(folder);
  for (int frame = 0; frame < count; frame++) {
    char path[4096];
    size_t size;
    snprintf(path, sizeof path, "%s/%s", folder, entries[frame]->d_name);
    uint8_t *bytes = read_file(path, &size);
    dunlin_picture picture = {.data = bytes, .size = size};
    dunlin_geometry geometry;
    double decode_ms, preprocess_ms;
    if (dunlin_image_process(scratch, jpeg, &picture, &wanted, TfLiteTensorData(input), TfLiteTensorByteSize(input), &geometry, &decode_ms, &preprocess_ms, error, sizeof error)) fail(error);
    if (TfLiteInterpreterInvoke(interpreter)) fail("invoke");
    const uint8_t *scores = TfLiteTensorData(output);
    size_t best = 0, classes = TfLiteTensorByteSize(output);
    for (size_t i = 1; i < classes; i++)
      if (scores[i] > scores[best]) best = i;
    char text[200];
    snprintf(text, sizeof text, "{\"frame\":%d,\"index\":%zu,\"score\":%.4f}", frame, best, scores[best] / 256.0);
    publish(broker, "floor/result", text);
    free(bytes);
  }
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 4 && !strcmp(argv[1], "invoke")) return invoke_loop(open_model(argv[2], argv[3]));
  if (argc == 7 && !strcmp(argv[1], "stream")) return stream(open_model(argv[2], argv[4]), argv[3], argv[5], atoi(argv[6]));
  fail("reading the arguments");
}
