#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <sys/stat.h>

#include "double_control.h"

/* A double of an ONNX Runtime library with TensorRT and CUDA. Everything is done by the real library that the
 * environment variable DUNLIN_DOUBLE_ORT names, on the CPU; only the functions of the two providers are its own.
 * "Engines" are files with a checksum: built when the cache folder has none, refused when damaged, in ONNX Runtime's
 * words.
 *
 * DUNLIN_DOUBLE_CONTROL: see double_control.h. Open and run faults say what CUDA says.
 * DUNLIN_DOUBLE_BUILD:   a file for the building of engines: `delayMs=N`, `crash=1`, `hang=1`, `fail=1` (out of
 * memory), `refuse=1` (the model), `corrupt=1` (an engine that cannot be read), `count=PATH` (a line per build).
 * DUNLIN_DOUBLE_ORT_API: the newest API version that it has (as releases 1.10 and 1.11), else the real library's. */

#define EXPORT __attribute__((visibility("default")))

enum { slots = 210, most_sessions = 256, path_bytes = 4096 };
enum { error_fail = 1, error_provider = 11 };
enum {
  CREATE_STATUS = 0,
  CREATE_SESSION = 8,
  RUN = 9,
  VALUE_DATA = 51,
  ELEMENT_COUNT = 64,
  VALUE_INFO = 65,
  RELEASE_SESSION = 95,
  RELEASE_INFO = 99,
  PROVIDERS = 125,
  RELEASE_PROVIDERS = 126,
  ADD_CONFIG = 130,
  APPEND_TENSORRT = 170,
  CREATE_TENSORRT = 171,
  UPDATE_TENSORRT = 172,
  RELEASE_TENSORRT = 174,
  APPEND_CUDA = 204,
  CREATE_CUDA = 205,
  UPDATE_CUDA = 206,
  RELEASE_CUDA = 208,
};

typedef struct {
  const void *const *(*get_api)(uint32_t version);
  const char *(*version)(void);
} api_base;

typedef struct {
  char cache[path_bytes], timing[path_bytes];
  bool cache_enabled, fp16;
} trt_options;

static const api_base *real;
static void *const *table;
static void *copy[slots];
static struct {
  const void *session_options;
  trt_options trt;
} appended[most_sessions];
static size_t appended_count;

static void *status(int code, const char *text) {
  void *(*create)(int, const char *) = (void *(*)(int, const char *))table[CREATE_STATUS];
  return create(code, text);
}

static char *names[] = {"TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"};

static void *get_providers(char ***list, int *count) {
  const double_orders orders = double_control_at(DOUBLE_PROBE);
  if (orders.fail) return status(error_fail, "the double was told to fail");
  *list = names;
  *count = 3;
  return NULL;
}

static void *release_providers(char **list, int count) {
  (void)list, (void)count;
  return NULL;
}

static void *create_options(void **options) {
  *options = calloc(1, sizeof(trt_options));
  return *options == NULL ? status(error_fail, "out of memory") : NULL;
}

static bool known_key(const char *key) {
  static const char *const keys[] = {"device_id",
                                     "trt_max_workspace_size",
                                     "trt_fp16_enable",
                                     "trt_int8_enable",
                                     "trt_dla_enable",
                                     "trt_dla_core",
                                     "trt_engine_cache_enable",
                                     "trt_engine_cache_path",
                                     "trt_min_subgraph_size",
                                     "trt_int8_calibration_table_name",
                                     "trt_timing_cache_enable",
                                     "trt_timing_cache_path"};
  for (size_t index = 0; index < sizeof keys / sizeof *keys; index++)
    if (strcmp(keys[index], key) == 0) return true;
  return false;
}

/* As the real one: what is not told goes back to its default. */
static void *update_tensorrt(trt_options *options, const char *const *keys, const char *const *values, size_t count) {
  *options = (trt_options){0};
  for (size_t index = 0; index < count; index++) {
    const char *key = keys[index], *value = values[index];
    if (!known_key(key)) {
      char text[256];
      snprintf(text, sizeof text, "Unknown provider option: \"%s\".", key);
      return status(error_fail, text);
    }
    if (strcmp(key, "trt_engine_cache_enable") == 0) options->cache_enabled = strcmp(value, "1") == 0;
    if (strcmp(key, "trt_fp16_enable") == 0) options->fp16 = strcmp(value, "1") == 0;
    if (strcmp(key, "trt_engine_cache_path") == 0) snprintf(options->cache, path_bytes, "%s", value);
    if (strcmp(key, "trt_timing_cache_path") == 0) snprintf(options->timing, path_bytes, "%s", value);
  }
  return NULL;
}

static void *append_tensorrt(const void *session_options, const trt_options *options) {
  if (appended_count == most_sessions) return status(error_fail, "the double is full");
  appended[appended_count].session_options = session_options;
  appended[appended_count++].trt = *options;
  return NULL;
}

static void *update_cuda(void *options, const char *const *keys, const char *const *values, size_t count) {
  (void)options, (void)keys, (void)values, (void)count;
  return NULL;
}

static void *append_cuda(void *session_options, const void *options) {
  (void)session_options, (void)options;
  return NULL;
}

EXPORT void *OrtSessionOptionsAppendExecutionProvider_CUDA(void *session_options, int device) {
  (void)session_options, (void)device;
  return NULL;
}

/* The real library would have no one else to compute. */
static void *add_config(void *session_options, const char *key, const char *value) {
  void *(*add)(void *, const char *, const char *) = (void *(*)(void *, const char *, const char *))table[ADD_CONFIG];
  return strcmp(key, "session.disable_cpu_ep_fallback") == 0 ? NULL : add(session_options, key, value);
}

typedef struct {
  long delay_ms;
  bool crash, hang, fail, refuse, corrupt;
  char count[path_bytes];
} build_orders;

static build_orders read_build_orders(void) {
  build_orders orders = {0};
  const char *path = getenv("DUNLIN_DOUBLE_BUILD");
  FILE *file = path == NULL ? NULL : fopen(path, "re");
  if (file == NULL) return orders;
  char line[1024];
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (strncmp(line, "delayMs=", 8) == 0)
      orders.delay_ms = atol(line + 8);
    else if (strncmp(line, "count=", 6) == 0)
      snprintf(orders.count, path_bytes, "%s", line + 6);
    else if (strcmp(line, "crash=1") == 0)
      orders.crash = true;
    else if (strcmp(line, "hang=1") == 0)
      orders.hang = true;
    else if (strcmp(line, "fail=1") == 0)
      orders.fail = true;
    else if (strcmp(line, "refuse=1") == 0)
      orders.refuse = true;
    else if (strcmp(line, "corrupt=1") == 0)
      orders.corrupt = true;
    else if (line[0] != '\0')
      double_control_refuse("unknown order", line);
  }
  fclose(file);
  return orders;
}

static uint64_t checksum(const uint8_t *bytes, size_t size) {
  uint64_t sum = 14695981039346656037u; /* FNV-1a */
  for (size_t index = 0; index < size; index++) sum = (sum ^ bytes[index]) * 1099511628211u;
  return sum;
}

enum { engine_bytes = 4096 };

static void make_engine(uint8_t *engine, const void *model, size_t size, bool fp16) {
  uint64_t state = checksum(model, size) + fp16;
  memcpy(engine, "DOUBLE-E", 8);
  for (size_t index = 8; index < engine_bytes - 8; index++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    engine[index] = (uint8_t)(state >> 56);
  }
  const uint64_t sum = checksum(engine, engine_bytes - 8);
  memcpy(engine + engine_bytes - 8, &sum, sizeof sum);
}

static void engine_path(char *path, size_t size, const char *folder, const trt_options *trt) {
  snprintf(path, size, "%s/TensorrtExecutionProvider_TRTKernel_graph_double_0_0_%s_sm87.engine", folder,
           trt->fp16 ? "fp16" : "fp32");
}

static bool write_file(const char *path, const void *bytes, size_t size) {
  FILE *file = fopen(path, "we");
  const bool written = file != NULL && fwrite(bytes, 1, size, file) == size;
  return file != NULL && fclose(file) == 0 && written;
}

static void count_build(const char *path) {
  FILE *file = path[0] == '\0' ? NULL : fopen(path, "ae");
  if (file == NULL) return;
  fprintf(file, "%ld\n", (long)getpid());
  fclose(file);
}

static void *build_engine(const trt_options *trt, const char *path, const void *model, size_t size) {
  const build_orders orders = read_build_orders();
  count_build(orders.count);
  double_control_sleep_ms(orders.delay_ms);
  if (orders.crash) raise(SIGSEGV);
  while (orders.hang) pause();
  if (orders.fail)
    return status(error_provider,
                  "TensorRT EP failed to create engine from network for fused node: "
                  "TensorrtExecutionProvider_TRTKernel_graph_double_0_0: out of memory");
  if (orders.refuse) return status(error_fail, "This is an invalid model. Error: the double was told to refuse it");
  uint8_t engine[engine_bytes];
  make_engine(engine, model, size, trt->fp16);
  if (orders.corrupt) engine[100] ^= 1;
  char timing[path_bytes + 64];
  snprintf(timing, sizeof timing, "%s/TensorrtExecutionProvider_cache_sm87.timing", trt->timing);
  if (trt->timing[0] != '\0' && !write_file(timing, "timing", 6)) return status(error_fail, "cannot write timings");
  return write_file(path, engine, engine_bytes) ? NULL : status(error_provider, "cannot write the engine");
}

static void *load_engine(const char *path) {
  char text[path_bytes + 256];
  uint8_t engine[engine_bytes + 1];
  FILE *file = fopen(path, "re");
  const size_t size = file == NULL ? 0 : fread(engine, 1, sizeof engine, file);
  if (file != NULL) fclose(file);
  uint64_t sum = 0;
  if (size == engine_bytes) memcpy(&sum, engine + engine_bytes - 8, sizeof sum);
  if (size == engine_bytes && sum == checksum(engine, engine_bytes - 8)) return NULL;
  snprintf(text, sizeof text, "TensorRT EP could not deserialize engine from cache: %s", path);
  return status(error_provider, text);
}

static void *prepare_engine(const trt_options *trt, const void *model, size_t size) {
  if (!trt->cache_enabled) return NULL;
  char path[path_bytes + 128];
  engine_path(path, sizeof path, trt->cache, trt);
  struct stat found;
  return stat(path, &found) == 0 ? load_engine(path) : build_engine(trt, path, model, size);
}

static void *create_session(const void *env, const void *model, size_t size, const void *options, void **session) {
  const double_orders orders = double_control_at(DOUBLE_OPEN);
  if (orders.vanish) return status(error_provider, "CUDA failure 100: no CUDA-capable device is detected");
  if (orders.busy) return status(error_provider, "CUDA failure 46: all CUDA-capable devices are busy or unavailable");
  if (orders.fail) return status(error_provider, "CUDA failure 3: initialization error");
  for (size_t index = appended_count; index-- > 0;) {
    if (appended[index].session_options != options) continue;
    const trt_options trt = appended[index].trt;
    appended[index] = appended[--appended_count];
    void *failed = prepare_engine(&trt, model, size);
    if (failed != NULL) return failed;
    break;
  }
  void *(*create)(const void *, const void *, size_t, const void *, void **) =
      (void *(*)(const void *, const void *, size_t, const void *, void **))table[CREATE_SESSION];
  return create(env, model, size, options, session);
}

static void corrupt_value(void *value) {
  void *(*info_of)(const void *, void **) = (void *(*)(const void *, void **))table[VALUE_INFO];
  void *(*count_of)(const void *, size_t *) = (void *(*)(const void *, size_t *))table[ELEMENT_COUNT];
  void *(*data_of)(void *, void **) = (void *(*)(void *, void **))table[VALUE_DATA];
  void (*release)(void *) = (void (*)(void *))table[RELEASE_INFO];
  void *info, *data;
  size_t count;
  if (info_of(value, &info) != NULL || count_of(info, &count) != NULL || data_of(value, &data) != NULL) return;
  release(info);
  for (size_t index = 0; index < count; index++) ((uint8_t *)data)[index] = (uint8_t)(index * 31 + 7);
}

static void *run(void *session, const void *options, const char *const *input_names, const void *const *inputs,
                 size_t input_count, const char *const *output_names, size_t output_count, void **outputs) {
  const double_orders orders = double_control_at(DOUBLE_RUN);
  if (orders.vanish) return status(error_provider, "CUDA failure 999: unknown error");
  if (orders.overheat) return status(error_fail, "the double is too hot");
  if (orders.fail) return status(error_fail, "the double was told to fail");
  void *(*run_real)(void *, const void *, const char *const *, const void *const *, size_t, const char *const *, size_t,
                    void **) = (void *(*)(void *, const void *, const char *const *, const void *const *, size_t,
                                          const char *const *, size_t, void **))table[RUN];
  void *failed = run_real(session, options, input_names, inputs, input_count, output_names, output_count, outputs);
  for (size_t index = 0; failed == NULL && orders.corrupt && index < output_count; index++)
    corrupt_value(outputs[index]);
  return failed;
}

static void release_session(void *session) {
  double_control_at(DOUBLE_CLOSE);
  ((void (*)(void *))table[RELEASE_SESSION])(session);
}

static long newest_api(void) {
  const char *text = getenv("DUNLIN_DOUBLE_ORT_API");
  return text == NULL ? 0 : atol(text);
}

static void replace(void) {
  copy[PROVIDERS] = (void *)get_providers;
  copy[RELEASE_PROVIDERS] = (void *)release_providers;
  copy[CREATE_TENSORRT] = copy[CREATE_CUDA] = (void *)create_options;
  copy[RELEASE_TENSORRT] = copy[RELEASE_CUDA] = (void *)free;
  copy[UPDATE_TENSORRT] = (void *)update_tensorrt;
  copy[APPEND_TENSORRT] = (void *)append_tensorrt;
  copy[UPDATE_CUDA] = (void *)update_cuda;
  copy[APPEND_CUDA] = (void *)append_cuda;
  copy[ADD_CONFIG] = (void *)add_config;
  copy[CREATE_SESSION] = (void *)create_session;
  copy[RUN] = (void *)run;
  copy[RELEASE_SESSION] = (void *)release_session;
}

static const void *const *get_api(uint32_t version) {
  const long newest = newest_api();
  if (newest > 0 && version > newest) return NULL;
  table = (void *const *)real->get_api(version);
  if (table == NULL) return NULL;
  memcpy(copy, table, sizeof copy);
  replace();
  /* A table of that release ends here; what a program reads beyond is anything. */
  for (size_t slot = APPEND_CUDA; newest == 10 && slot < slots; slot++) copy[slot] = (void *)(uintptr_t)0xdead;
  return (const void *const *)copy;
}

static const char *version(void) {
  static char text[32];
  const long newest = newest_api();
  if (newest == 0) return real->version();
  snprintf(text, sizeof text, "1.%ld.0", newest);
  return text;
}

EXPORT const api_base *OrtGetApiBase(void) {
  static const api_base base = {get_api, version};
  const char *path = getenv("DUNLIN_DOUBLE_ORT");
  void *handle = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
  const api_base *(*get)(void) = handle == NULL ? NULL : (const api_base *(*)(void))dlsym(handle, "OrtGetApiBase");
  if (get == NULL) {
    fprintf(stderr, "double: DUNLIN_DOUBLE_ORT must name a real ONNX Runtime library\n");
    abort();
  }
  real = get();
  return &base;
}
