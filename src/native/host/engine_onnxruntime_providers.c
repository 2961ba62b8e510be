#define _GNU_SOURCE
#include "engine_onnxruntime_providers.h"

#include <string.h>

enum { most_settings = 96, key_bytes = 64 };

typedef struct {
  char keys[most_settings][key_bytes];
  const char *key_list[most_settings];
  const char *values[most_settings];
  size_t count;
} ort_settings;

/* The functions of one provider; the libraries of some releases lack them. */
typedef struct {
  const char *name, *prefix;
  ort_status *(*create)(ort_provider_options **options);
  ort_status *(*update)(ort_provider_options *options, const char *const *keys, const char *const *values,
                        size_t count);
  ort_status *(*append)(ort_session_options *session, const ort_provider_options *options);
  void (*release)(ort_provider_options *options);
} ort_provider;

static const char *const known_ids[][2] = {
    {"tensorrt", "TensorrtExecutionProvider"}, {"cuda", "CUDAExecutionProvider"}, {"cpu", "CPUExecutionProvider"}};

static const char *id_of(const char *name) {
  for (size_t index = 0; index < sizeof known_ids / sizeof *known_ids; index++)
    if (strcmp(known_ids[index][1], name) == 0) return known_ids[index][0];
  return name;
}

bool ort_list_providers(const ort_library *library, FILE *out, dunlin_error_text *error) {
  char **names;
  int count;
  if (!ort_ok(library, library->call.providers(&names, &count), error)) return false;
  for (int index = 0; index < count; index++) fprintf(out, "%s\t%s\n", id_of(names[index]), names[index]);
  return ort_ok(library, library->call.release_providers(names, count), error);
}

/* A library takes the settings of a provider that it was built without, and fails with less clear words later. */
static bool has_provider(const ort_library *library, const char *wanted, dunlin_error_text *error) {
  char **names;
  int count;
  if (!ort_ok(library, library->call.providers(&names, &count), error)) return false;
  char offered[512] = "";
  bool found = false;
  for (int index = 0; index < count; index++) {
    const size_t length = strlen(offered);
    snprintf(offered + length, sizeof offered - length, "%s%s", index > 0 ? ", " : "", names[index]);
    found = found || strcmp(names[index], wanted) == 0;
  }
  if (!ort_ok(library, library->call.release_providers(names, count), error)) return false;
  if (!found) dunlin_error_add(error, "this library (%s) has no %s, only %s", library->version, wanted, offered);
  return found;
}

/* Some releases refuse keys that others need. Update sets all that it is not told back to defaults, so keys cannot be
 * handed over one by one: those that may be left out are tried on options of their own. */
static bool takes_key(const ort_library *library, const ort_provider *provider, const char *key, const char *value) {
  dunlin_error_text ignored;
  dunlin_error_clear(&ignored);
  ort_provider_options *trial;
  if (!ort_ok(library, provider->create(&trial), &ignored)) return true;
  const bool taken = ort_ok(library, provider->update(trial, &key, &value, 1), &ignored);
  provider->release(trial);
  return taken;
}

static bool add_setting(const ort_library *library, const ort_provider *provider, const host_option *option,
                        ort_settings *settings) {
  const size_t index = settings->count;
  const char *name = option->key + strlen(provider->prefix);
  char *key = settings->keys[index];
  const size_t length = strlen(name);
  if (index == most_settings || length >= key_bytes) return false;
  memcpy(key, name, length + 1);
  settings->key_list[index] = key;
  settings->values[index] = option->value;
  const bool may_be_left_out = length > 0 && key[length - 1] == '?';
  if (may_be_left_out) key[length - 1] = '\0';
  if (!may_be_left_out || takes_key(library, provider, key, option->value)) settings->count++;
  return true;
}

static bool collect_settings(const ort_library *library, const ort_provider *provider, host_options options,
                             ort_settings *settings, dunlin_error_text *error) {
  settings->count = 0;
  for (size_t index = 0; index < options.count; index++) {
    const host_option *option = &options.list[index];
    if (strncmp(option->key, provider->prefix, strlen(provider->prefix)) != 0) continue;
    if (add_setting(library, provider, option, settings)) continue;
    dunlin_error_add(error, "too many or too long settings for %s: %s", provider->name, option->key);
    return false;
  }
  return true;
}

static bool append(const ort_library *library, const ort_provider *provider, ort_session_options *session,
                   host_options options, dunlin_error_text *error) {
  ort_settings settings;
  if (!has_provider(library, provider->name, error) || !collect_settings(library, provider, options, &settings, error))
    return false;
  dunlin_error_add(error, "%s cannot be used", provider->name);
  ort_provider_options *made;
  if (!ort_ok(library, provider->create(&made), error)) return false;
  const bool done =
      (settings.count == 0 ||
       ort_ok(library, provider->update(made, settings.key_list, settings.values, settings.count), error)) &&
      ort_ok(library, provider->append(session, made), error);
  provider->release(made);
  if (done) dunlin_error_clear(error);
  return done;
}

static bool append_tensorrt(const ort_library *library, ort_session_options *session, host_options options,
                            dunlin_error_text *error) {
  const ort_functions *call = &library->call;
  const ort_provider provider = {"TensorrtExecutionProvider", "trt.",
                                 call->create_tensorrt,       call->update_tensorrt,
                                 call->append_tensorrt,       call->release_tensorrt};
  if (provider.create != NULL) return append(library, &provider, session, options, error);
  dunlin_error_add(error, "TensorRT needs ONNX Runtime 1.9 or newer; this is %s", library->version);
  return false;
}

static bool append_cuda(const ort_library *library, ort_session_options *session, host_options options,
                        dunlin_error_text *error) {
  const ort_functions *call = &library->call;
  const ort_provider provider = {"CUDAExecutionProvider", "cuda.",           call->create_cuda,
                                 call->update_cuda,       call->append_cuda, call->release_cuda};
  if (provider.create != NULL) return append(library, &provider, session, options, error);
  if (!has_provider(library, provider.name, error)) return false;
  if (call->append_cuda_device == NULL) {
    dunlin_error_add(error, "CUDA needs ONNX Runtime 1.11 or newer; this is %s", library->version);
    return false;
  }
  for (size_t index = 0; index < options.count; index++) {
    const char *key = options.list[index].key;
    const size_t length = strlen(key);
    if (strncmp(key, "cuda.", 5) != 0 || key[length - 1] == '?' || strcmp(key, "cuda.device_id") == 0) continue;
    dunlin_error_add(error, "%s needs ONNX Runtime 1.11 or newer; this is %s", key, library->version);
    return false;
  }
  const char *device = host_option_get(options, "cuda.device_id", "0");
  return ort_ok(library, call->append_cuda_device(session, device[0] - '0'), error);
}

static bool append_named(const ort_library *library, const char *id, ort_session_options *session, host_options options,
                         dunlin_error_text *error) {
  if (strcmp(id, "tensorrt") == 0) return append_tensorrt(library, session, options, error);
  if (strcmp(id, "cuda") == 0) return append_cuda(library, session, options, error);
  dunlin_error_add(error, "no provider is called %s; known: tensorrt, cuda, cpu", id);
  return false;
}

bool ort_append_providers(const ort_library *library, ort_session_options *session, host_options options,
                          dunlin_error_text *error) {
  char order[128];
  snprintf(order, sizeof order, "%s", host_option_get(options, "providers", "cpu"));
  bool cpu = false;
  char *rest;
  for (const char *id = strtok_r(order, ",", &rest); id != NULL; id = strtok_r(NULL, ",", &rest)) {
    if (strcmp(id, "cpu") == 0)
      cpu = true;
    else if (!append_named(library, id, session, options, error))
      return false;
  }
  if (cpu) return true;
  return ort_ok(library, library->call.add_config(session, "session.disable_cpu_ep_fallback", "1"), error);
}
