#ifndef DUNLIN_ENGINE_ONNXRUNTIME_API_H
#define DUNLIN_ENGINE_ONNXRUNTIME_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../addon/error_text.h"

/* What the engine uses of ONNX Runtime's C API. The library hands out a table of functions that only ever grows at its
 * end, so a function is known by its slot and by the API version that brought it (engine_onnxruntime_api.c); API
 * version N belongs to release 1.N. Jetson builds go back to 1.10.
 * @see https://github.com/microsoft/onnxruntime/blob/v1.22.0/include/onnxruntime/core/session/onnxruntime_c_api.h */

typedef struct ort_status ort_status;
typedef struct ort_env ort_env;
typedef struct ort_session ort_session;
typedef struct ort_session_options ort_session_options;
typedef struct ort_memory_info ort_memory_info;
typedef struct ort_value ort_value;
typedef struct ort_type_info ort_type_info;
typedef struct ort_tensor_info ort_tensor_info;
typedef struct ort_allocator ort_allocator;
typedef struct ort_provider_options ort_provider_options; /* TensorRT's or CUDA's */

enum { ORT_LOG_ERROR = 3, ORT_TYPE_TENSOR = 1, ORT_ALLOCATOR_ARENA = 1, ORT_MEMORY_DEFAULT = 0 };

/* OrtErrorCode. */
enum { ORT_ERROR_ENGINE = 5, ORT_ERROR_PROVIDER = 11 };

typedef void (*ort_logger)(void *user_data, int level, const char *category, const char *log_id, const char *where,
                           const char *message);

typedef struct {
  int (*error_code)(const ort_status *status);
  const char *(*error_message)(const ort_status *status);
  void (*release_status)(ort_status *status);
  ort_status *(*create_env)(ort_logger logger, void *user_data, int log_level, const char *log_id, ort_env **env);
  ort_status *(*create_session)(const ort_env *env, const void *model, size_t size, const ort_session_options *options,
                                ort_session **session);
  void (*release_session)(ort_session *session);
  ort_status *(*run)(ort_session *session, const void *run_options, const char *const *input_names,
                     const ort_value *const *inputs, size_t input_count, const char *const *output_names,
                     size_t output_count, ort_value **outputs);
  ort_status *(*create_options)(ort_session_options **options);
  void (*release_options)(ort_session_options *options);
  ort_status *(*set_log_level)(ort_session_options *options, int level);
  ort_status *(*set_optimization)(ort_session_options *options, int level);
  ort_status *(*set_intra_threads)(ort_session_options *options, int threads);
  ort_status *(*set_inter_threads)(ort_session_options *options, int threads);
  ort_status *(*add_config)(ort_session_options *options, const char *key, const char *value);
  ort_status *(*input_count)(const ort_session *session, size_t *count);
  ort_status *(*output_count)(const ort_session *session, size_t *count);
  ort_status *(*input_type)(const ort_session *session, size_t index, ort_type_info **info);
  ort_status *(*output_type)(const ort_session *session, size_t index, ort_type_info **info);
  ort_status *(*input_name)(const ort_session *session, size_t index, ort_allocator *allocator, char **name);
  ort_status *(*output_name)(const ort_session *session, size_t index, ort_allocator *allocator, char **name);
  ort_status *(*default_allocator)(ort_allocator **allocator);
  ort_status *(*allocator_free)(ort_allocator *allocator, void *memory);
  ort_status *(*onnx_type)(const ort_type_info *info, int *type);
  ort_status *(*tensor_info)(const ort_type_info *info, const ort_tensor_info **tensor); /* owned by `info` */
  void (*release_type)(ort_type_info *info);
  ort_status *(*element_type)(const ort_tensor_info *info, int *type);
  ort_status *(*rank)(const ort_tensor_info *info, size_t *rank);
  ort_status *(*dims)(const ort_tensor_info *info, int64_t *dims, size_t count);
  void (*release_tensor_info)(ort_tensor_info *info);
  ort_status *(*value_info)(const ort_value *value, ort_tensor_info **info);
  ort_status *(*value_data)(ort_value *value, void **data);
  void (*release_value)(ort_value *value);
  ort_status *(*cpu_memory)(int allocator_type, int memory_type, ort_memory_info **info);
  ort_status *(*wrap_tensor)(const ort_memory_info *info, void *data, size_t size, const int64_t *dims, size_t rank,
                             int type, ort_value **value);
  ort_status *(*providers)(char ***names, int *count);
  ort_status *(*release_providers)(char **names, int count);
  /* NULL from here on where the library is too old. */
  ort_status *(*create_tensorrt)(ort_provider_options **options);
  ort_status *(*update_tensorrt)(ort_provider_options *options, const char *const *keys, const char *const *values,
                                 size_t count);
  ort_status *(*append_tensorrt)(ort_session_options *session, const ort_provider_options *options);
  void (*release_tensorrt)(ort_provider_options *options);
  ort_status *(*create_cuda)(ort_provider_options **options);
  ort_status *(*update_cuda)(ort_provider_options *options, const char *const *keys, const char *const *values,
                             size_t count);
  ort_status *(*append_cuda)(ort_session_options *session, const ort_provider_options *options);
  void (*release_cuda)(ort_provider_options *options);
  /* A plain symbol of the library, for releases before the one above; knows no options. */
  ort_status *(*append_cuda_device)(ort_session_options *session, int device);
} ort_functions;

typedef struct {
  ort_functions call;
  ort_env *env;             /* one per process, as ONNX Runtime wants it; never freed */
  ort_memory_info *memory;  /* of plain host memory */
  ort_allocator *allocator; /* of names that the library hands out; not ours to free */
  char version[64];         /* `onnxruntime 1.30.0` */
} ort_library;

/* Opens the library, agrees on an API version and makes the environment. */
bool ort_load(ort_library *library, const char *path, dunlin_error_text *error);

/* True when the call succeeded; else adds its message to `error` and frees the status. */
bool ort_ok(const ort_library *library, ort_status *status, dunlin_error_text *error);

/* As ort_ok, and tells the OrtErrorCode (0 on success). */
int ort_code(const ort_library *library, ort_status *status, dunlin_error_text *error);

#endif
