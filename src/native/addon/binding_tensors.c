#include <stdlib.h>
#include <string.h>

#include "binding.h"
#include "binding_values.h"

static void release(binding_exposure *exposure) {
  if (exposure->released) return;
  exposure->released = true;
  binding_session_remove_user(exposure->session);
}

/* Node calls this once the ArrayBuffer is collected, detached, or its environment ends. */
static void finalize_exposure(napi_env env, void *data, void *hint) {
  (void)data;
  binding_exposure *exposure = hint;
  binding_exposure **link = &exposure->session->exposures;
  while (*link && *link != exposure) link = &(*link)->next;
  if (*link) *link = exposure->next;
  if (exposure->weak) napi_delete_reference(env, exposure->weak);
  /* The struct of the session outlives its exposures: each holds a reference of its own. */
  binding_session *session = exposure->session;
  release(exposure);
  free(exposure);
  binding_session_drop_reference(session);
}

void binding_tensors_detach(binding_session *session) {
  /* Kept alive here: releasing the last user would otherwise free what is being walked. */
  binding_session_add_user(session);
  for (binding_exposure *exposure = session->exposures, *next; exposure; exposure = next) {
    napi_value buffer = NULL;
    next = exposure->next;
    if (exposure->released) continue;
    napi_get_reference_value(session->env->napi, exposure->weak, &buffer);
    release(exposure);
    if (buffer) napi_detach_arraybuffer(session->env->napi, buffer);
  }
  binding_session_remove_user(session);
}

/* The ArrayBuffer that already shows this memory, or NULL. */
static napi_value find_exposed(binding_session *session, const void *data, size_t size) {
  for (binding_exposure *exposure = session->exposures; exposure; exposure = exposure->next) {
    napi_value buffer = NULL;
    if (exposure->released || exposure->data != data || exposure->size != size) continue;
    if (napi_get_reference_value(session->env->napi, exposure->weak, &buffer) == napi_ok && buffer) return buffer;
  }
  return NULL;
}

static napi_value expose(binding_session *session, void *data, size_t size) {
  napi_env env = session->env->napi;
  napi_value buffer = find_exposed(session, data, size);
  if (buffer) return buffer;
  binding_exposure *exposure = calloc(1, sizeof *exposure);
  if (!exposure) return NULL;
  *exposure = (binding_exposure){.session = session, .data = data, .size = size, .next = session->exposures};
  if (napi_create_external_arraybuffer(env, data, size, finalize_exposure, exposure, &buffer) != napi_ok) {
    free(exposure);
    return NULL;
  }
  session->exposures = exposure;
  session->references++;
  binding_session_add_user(session);
  napi_create_reference(env, buffer, 0, &exposure->weak);
  return buffer;
}

static napi_value copy(napi_env env, const void *data, size_t size) {
  napi_value buffer = NULL;
  void *target;
  if (napi_create_arraybuffer(env, size, &target, &buffer) == napi_ok && size > 0) memcpy(target, data, size);
  return buffer;
}

static napi_value describe_shape(napi_env env, const dunlin_tensor *tensor) {
  napi_value shape, dimension;
  napi_create_array_with_length(env, (size_t)tensor->dims_size, &shape);
  for (int index = 0; index < tensor->dims_size; index++)
    if (napi_create_int32(env, tensor->dims[index], &dimension) == napi_ok)
      napi_set_element(env, shape, (uint32_t)index, dimension);
  return shape;
}

static napi_value describe_quantization(napi_env env, tflite_quantization quantization) {
  napi_value value;
  if (quantization.scale == 0) {
    napi_get_undefined(env, &value);
    return value;
  }
  napi_create_object(env, &value);
  set_double(env, value, "scale", (double)quantization.scale);
  set_double(env, value, "zeroPoint", quantization.zero_point);
  return value;
}

static napi_value describe(binding_session *session, bool output, int index) {
  napi_env env = session->env->napi;
  const dunlin_model *model = &session->model;
  const dunlin_tensor tensor = model->kind->tensor(model->self, output, index);
  napi_value value;
  napi_value buffer = tensor.size == 0 || (output && model->kind->is_dynamic(model->self))
                          ? copy(env, tensor.data, tensor.size)
                          : expose(session, tensor.data, tensor.size);
  if (!buffer || napi_create_object(env, &value) != napi_ok) return NULL;
  set_string(env, value, "name", tensor.name);
  set_double(env, value, "type", tensor.type);
  set_value(env, value, "shape", describe_shape(env, &tensor));
  set_value(env, value, "quantization", describe_quantization(env, tensor.quantization));
  set_value(env, value, "buffer", buffer);
  return value;
}

static bool describe_all(binding_session *session, bool outputs, napi_value result) {
  napi_env env = session->env->napi;
  const int count = session->model.kind->count(session->model.self, outputs);
  napi_value list;
  napi_create_array_with_length(env, (size_t)count, &list);
  for (int index = 0; index < count; index++) {
    napi_value tensor = describe(session, outputs, index);
    if (!tensor) return throw_type_error(env, "native: out of memory");
    napi_set_element(env, list, (uint32_t)index, tensor);
  }
  set_value(env, result, outputs ? "outputs" : "inputs", list);
  return true;
}

napi_value binding_session_tensors(napi_env env, napi_callback_info info) {
  napi_value argument, result;
  if (!read_arguments(env, info, 1, &argument)) return NULL;
  binding_session *session = binding_session_of(env, argument);
  if (!session) return NULL;
  if (session->closed) return throw_error(env, DUNLIN_CLOSED, "native: the session is closed");
  const bool dynamic = !session->resizing && session->model.kind->is_dynamic(session->model.self);
  if (session->resizing || (dynamic && session->running))
    return throw_error(env, DUNLIN_BUSY, "native: the session is at work; wait for its job");
  napi_create_object(env, &result);
  set_bool(env, result, "dynamic", dynamic);
  return describe_all(session, false, result) && describe_all(session, true, result) ? result : NULL;
}
