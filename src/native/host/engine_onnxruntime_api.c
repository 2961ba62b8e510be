#define _GNU_SOURCE
#include "engine_onnxruntime_api.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  const void *(*get_api)(uint32_t version);
  const char *(*version)(void);
} ort_api_base;

/* Functions up to this version are used, so no newer table is asked for. */
enum { newest_version = 11, oldest_version = 8 };

typedef struct {
  size_t offset;
  uint16_t slot;
  uint16_t since; /* API version */
} ort_slot;

#define SLOT(member, slot, since) \
  { offsetof(ort_functions, member), slot, since }

static const ort_slot slots[] = {
    SLOT(error_code, 1, 1),           /* GetErrorCode */
    SLOT(error_message, 2, 1),        /* GetErrorMessage */
    SLOT(create_env, 4, 1),           /* CreateEnvWithCustomLogger */
    SLOT(create_session, 8, 1),       /* CreateSessionFromArray */
    SLOT(run, 9, 1),                  /* Run */
    SLOT(create_options, 10, 1),      /* CreateSessionOptions */
    SLOT(set_log_level, 22, 1),       /* SetSessionLogSeverityLevel */
    SLOT(set_optimization, 23, 1),    /* SetSessionGraphOptimizationLevel */
    SLOT(set_intra_threads, 24, 1),   /* SetIntraOpNumThreads */
    SLOT(set_inter_threads, 25, 1),   /* SetInterOpNumThreads */
    SLOT(input_count, 30, 1),         /* SessionGetInputCount */
    SLOT(output_count, 31, 1),        /* SessionGetOutputCount */
    SLOT(input_type, 33, 1),          /* SessionGetInputTypeInfo */
    SLOT(output_type, 34, 1),         /* SessionGetOutputTypeInfo */
    SLOT(input_name, 36, 1),          /* SessionGetInputName */
    SLOT(output_name, 37, 1),         /* SessionGetOutputName */
    SLOT(wrap_tensor, 49, 1),         /* CreateTensorWithDataAsOrtValue */
    SLOT(value_data, 51, 1),          /* GetTensorMutableData */
    SLOT(tensor_info, 55, 1),         /* CastTypeInfoToTensorInfo */
    SLOT(onnx_type, 56, 1),           /* GetOnnxTypeFromTypeInfo */
    SLOT(element_type, 60, 1),        /* GetTensorElementType */
    SLOT(rank, 61, 1),                /* GetDimensionsCount */
    SLOT(dims, 62, 1),                /* GetDimensions */
    SLOT(value_info, 65, 1),          /* GetTensorTypeAndShape */
    SLOT(cpu_memory, 69, 1),          /* CreateCpuMemoryInfo */
    SLOT(allocator_free, 76, 1),      /* AllocatorFree */
    SLOT(default_allocator, 78, 1),   /* GetAllocatorWithDefaultOptions */
    SLOT(release_status, 93, 1),      /* ReleaseStatus */
    SLOT(release_session, 95, 1),     /* ReleaseSession */
    SLOT(release_value, 96, 1),       /* ReleaseValue */
    SLOT(release_type, 98, 1),        /* ReleaseTypeInfo */
    SLOT(release_tensor_info, 99, 1), /* ReleaseTensorTypeAndShapeInfo */
    SLOT(release_options, 100, 1),    /* ReleaseSessionOptions */
    SLOT(providers, 125, 4),          /* GetAvailableProviders */
    SLOT(release_providers, 126, 4),  /* ReleaseAvailableProviders */
    SLOT(add_config, 130, 5),         /* AddSessionConfigEntry */
    SLOT(append_tensorrt, 170, 9),    /* SessionOptionsAppendExecutionProvider_TensorRT_V2 */
    SLOT(create_tensorrt, 171, 9),    /* CreateTensorRTProviderOptions */
    SLOT(update_tensorrt, 172, 9),    /* UpdateTensorRTProviderOptions */
    SLOT(release_tensorrt, 174, 9),   /* ReleaseTensorRTProviderOptions */
    SLOT(append_cuda, 204, 11),       /* SessionOptionsAppendExecutionProvider_CUDA_V2 */
    SLOT(create_cuda, 205, 11),       /* CreateCUDAProviderOptions */
    SLOT(update_cuda, 206, 11),       /* UpdateCUDAProviderOptions */
    SLOT(release_cuda, 208, 11),      /* ReleaseCUDAProviderOptions */
};

static void read_table(ort_functions *call, const void *const *table, uint32_t version) {
  for (size_t index = 0; index < sizeof slots / sizeof *slots; index++)
    if (slots[index].since <= version)
      memcpy((char *)call + slots[index].offset, &table[slots[index].slot], sizeof *table);
}

/* The library prints a complaint when it is asked for a version above its own, so its release tells where to begin. */
static uint32_t first_version(const char *release) {
  unsigned major = 0, minor = 0;
  if (sscanf(release, "%u.%u", &major, &minor) != 2 || major != 1 || minor > newest_version) return newest_version;
  return minor;
}

static bool negotiate(ort_library *library, const char *path, const ort_api_base *base, dunlin_error_text *error) {
  const char *release = base->version();
  for (uint32_t version = first_version(release); version >= oldest_version; version--) {
    const void *const *table = base->get_api(version);
    if (table == NULL) continue;
    read_table(&library->call, table, version);
    snprintf(library->version, sizeof library->version, "onnxruntime %s", release);
    return true;
  }
  dunlin_error_add(error, "%s: ONNX Runtime %s is too old; 1.%d or newer is needed", path, release, oldest_version);
  return false;
}

/* Most of what is logged comes back as the failed call's message too; TensorRT's and CUDA's own words do not. The last
 * line printed is quoted when the process dies. */
static void log_line(void *user_data, int level, const char *category, const char *log_id, const char *where,
                     const char *message) {
  (void)user_data, (void)category, (void)log_id, (void)where;
  if (level >= ORT_LOG_ERROR && (strstr(message, "TRT") != NULL || strstr(message, "CUDA") != NULL))
    fprintf(stderr, "onnxruntime: %s\n", message);
}

static bool prepare(ort_library *library, dunlin_error_text *error) {
  const ort_functions *call = &library->call;
  return ort_ok(library, call->create_env(log_line, NULL, ORT_LOG_ERROR, "dunlin", &library->env), error) &&
         ort_ok(library, call->cpu_memory(ORT_ALLOCATOR_ARENA, ORT_MEMORY_DEFAULT, &library->memory), error) &&
         ort_ok(library, call->default_allocator(&library->allocator), error);
}

bool ort_load(ort_library *library, const char *path, dunlin_error_text *error) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    dunlin_error_add(error, "%s", dlerror());
    return false;
  }
  const ort_api_base *(*get_base)(void) = (const ort_api_base *(*)(void))dlsym(handle, "OrtGetApiBase");
  if (get_base == NULL) {
    dunlin_error_add(error, "%s: no symbol OrtGetApiBase; not an ONNX Runtime library", path);
    return false;
  }
  void *append = dlsym(handle, "OrtSessionOptionsAppendExecutionProvider_CUDA");
  memcpy(&library->call.append_cuda_device, &append, sizeof append);
  return negotiate(library, path, get_base(), error) && prepare(library, error);
}

int ort_code(const ort_library *library, ort_status *status, dunlin_error_text *error) {
  if (status == NULL) return 0;
  const int code = library->call.error_code(status);
  dunlin_error_add(error, "%s", library->call.error_message(status));
  library->call.release_status(status);
  return code == 0 ? 1 : code;
}

bool ort_ok(const ort_library *library, ort_status *status, dunlin_error_text *error) {
  return ort_code(library, status, error) == 0;
}
