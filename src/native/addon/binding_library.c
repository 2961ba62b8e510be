#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "binding_values.h"

napi_value binding_tflite_open(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  char *path;
  dunlin_error_text error;
  dunlin_error_clear(&error);
  if (!read_arguments(env, info, 1, &argument) || !read_string(env, argument, "path", &path)) return NULL;
  dunlin_tflite *library = dunlin_tflite_open(path, &error);
  free(path);
  if (!library) return throw_error(env, DUNLIN_LIBRARY, error.text);
  napi_create_object(env, &result);
  set_value(env, result, "library", handle_create(env, HANDLE_TFLITE, library, NULL));
  set_string(env, result, "version", library->call.version());
  set_bool(env, result, "xnnpack",
           library->call.xnnpack_create && library->call.xnnpack_delete && library->call.modify_graph);
  set_bool(env, result, "externalDelegates", library->call.modify_graph != NULL);
  return result;
}

dunlin_tflite *binding_tflite_of(napi_env env, napi_value value) {
  return handle_read(env, value, HANDLE_TFLITE, "TFLite library");
}

static binding_jpeg *open_jpeg(const char *path, char *error, size_t error_size) {
  binding_jpeg *opened = calloc(1, sizeof *opened);
  if (!opened) return NULL;
  opened->path = strdup(path);
  opened->jpeg = dunlin_jpeg_open(path, error, error_size);
  if (opened->path && opened->jpeg) return opened;
  if (opened->jpeg) dunlin_jpeg_close(opened->jpeg);
  free(opened->path);
  free(opened);
  return NULL;
}

napi_value binding_jpeg_open(napi_env env, napi_callback_info info) {
  napi_value argument;
  binding_env *instance;
  char *path, error[512] = "out of memory";
  if (napi_get_instance_data(env, (void **)&instance) != napi_ok || !read_arguments(env, info, 1, &argument) ||
      !read_string(env, argument, "path", &path))
    return NULL;
  binding_jpeg *jpeg = instance->jpegs;
  while (jpeg && strcmp(jpeg->path, path) != 0) jpeg = jpeg->next;
  if (!jpeg && (jpeg = open_jpeg(path, error, sizeof error))) {
    jpeg->next = instance->jpegs;
    instance->jpegs = jpeg;
  }
  free(path);
  return jpeg ? handle_create(env, HANDLE_JPEG, jpeg, NULL) : throw_error(env, DUNLIN_LIBRARY, error);
}

binding_jpeg *binding_jpeg_of(napi_env env, napi_value value) {
  return handle_read(env, value, HANDLE_JPEG, "JPEG library");
}

void binding_jpegs_end(binding_env *env) {
  while (env->jpegs) {
    binding_jpeg *jpeg = env->jpegs;
    env->jpegs = jpeg->next;
    dunlin_jpeg_close(jpeg->jpeg);
    free(jpeg->path);
    free(jpeg);
  }
}
