#include <stdlib.h>

#include "binding.h"

/* Runs before Node ends the completion queue, because it was added later: no lane posts to a queue that is gone. It
 * waits for the runs under way; jobs not begun are dropped. */
static void end_environment(void *data) {
  binding_env *env = data;
  binding_hosted_interrupt(env);
  binding_lanes_end(env);
  binding_hosted_end(env);
  binding_jpegs_end(env);
}

static void free_environment(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  free(data);
}

NAPI_MODULE_INIT() {
  static const napi_property_descriptor functions[] = {
      {"tfliteOpen", NULL, binding_tflite_open, NULL, NULL, NULL, napi_enumerable, NULL},
      {"jpegOpen", NULL, binding_jpeg_open, NULL, NULL, NULL, napi_enumerable, NULL},
      {"laneCreate", NULL, binding_lane_create, NULL, NULL, NULL, napi_enumerable, NULL},
      {"laneClose", NULL, binding_lane_close, NULL, NULL, NULL, napi_enumerable, NULL},
      {"laneSubmit", NULL, binding_lane_submit, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sessionOpen", NULL, binding_session_open, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sessionTensors", NULL, binding_session_tensors, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sessionResize", NULL, binding_session_resize, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sessionClose", NULL, binding_session_close, NULL, NULL, NULL, napi_enumerable, NULL},
      {"hostPair", NULL, binding_host_pair, NULL, NULL, NULL, napi_enumerable, NULL},
      {"hostClose", NULL, binding_host_close, NULL, NULL, NULL, napi_enumerable, NULL},
      {"hostConnect", NULL, binding_host_connect, NULL, NULL, NULL, napi_enumerable, NULL},
      {"hostedOpen", NULL, binding_hosted_open, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  binding_env *instance = calloc(1, sizeof *instance);
  if (!instance) return NULL;
  instance->ending = -1;
  instance->napi = env;
  if (!binding_jobs_start(instance) || napi_set_instance_data(env, instance, free_environment, NULL) != napi_ok) {
    free(instance);
    return NULL;
  }
  napi_add_env_cleanup_hook(env, end_environment, instance);
  napi_define_properties(env, exports, sizeof functions / sizeof *functions, functions);
  return exports;
}
