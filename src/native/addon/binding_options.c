#include <stdlib.h>

#include "binding.h"
#include "binding_values.h"

struct binding_open_options {
  dunlin_interpreter_options values;
  dunlin_plugin_options *plugins;
};

static void free_plugin(dunlin_plugin_options *plugin) {
  binding_pairs pairs = {(char **)plugin->keys, (char **)plugin->values, plugin->count};
  free((char *)plugin->path);
  binding_pairs_free(&pairs);
}

void binding_open_options_free(binding_open_options *options) {
  if (!options) return;
  for (size_t index = 0; options->plugins && index < options->values.plugin_count; index++)
    free_plugin(&options->plugins[index]);
  free(options->plugins);
  free(options);
}

static bool read_plugin(napi_env env, napi_value object, dunlin_plugin_options *plugin) {
  napi_value path, options;
  binding_pairs pairs;
  if (!read_property(env, object, "path", &path) || !read_string(env, path, "path", (char **)&plugin->path) ||
      !read_property(env, object, "options", &options))
    return false;
  const bool read = binding_pairs_read(env, options, &pairs);
  plugin->keys = (const char *const *)pairs.keys;
  plugin->values = (const char *const *)pairs.values;
  plugin->count = pairs.count;
  return read;
}

static bool read_plugins(napi_env env, napi_value object, binding_open_options *options) {
  napi_value list, item;
  uint32_t count;
  if (!read_property(env, object, "delegates", &list) || !read_length(env, list, "delegates", &count)) return false;
  options->plugins = calloc((size_t)count + 1, sizeof *options->plugins);
  if (!options->plugins) return throw_type_error(env, "native: out of memory");
  options->values.plugins = options->plugins;
  options->values.plugin_count = count;
  for (uint32_t index = 0; index < count; index++)
    if (napi_get_element(env, list, index, &item) != napi_ok || !read_plugin(env, item, &options->plugins[index]))
      return false;
  return true;
}

static bool read_xnnpack(napi_env env, napi_value object, dunlin_interpreter_options *values) {
  napi_value xnnpack;
  napi_valuetype type;
  int32_t flags;
  if (!read_property(env, object, "xnnpack", &xnnpack) || napi_typeof(env, xnnpack, &type) != napi_ok) return false;
  values->xnnpack = type == napi_object;
  if (!values->xnnpack) return true;
  if (!read_int_property(env, xnnpack, "flags", &flags)) return false;
  values->xnnpack_flags = (uint32_t)flags;
  return true;
}

static bool read_all(napi_env env, napi_value value, binding_open_options *options, napi_value *model) {
  dunlin_interpreter_options *values = &options->values;
  void *bytes;
  if (!read_property(env, value, "model", model) ||
      !read_bytes(env, *model, "model", &bytes, &values->model_size) ||
      !read_int_property(env, value, "threads", &values->threads))
    return false;
  values->model = bytes;
  if (values->threads < 1) return throw_type_error(env, "native: expected threads to be at least 1");
  return read_xnnpack(env, value, values) && read_plugins(env, value, options);
}

binding_open_options *binding_open_options_read(napi_env env, napi_value value, napi_value *model) {
  binding_open_options *options = calloc(1, sizeof *options);
  if (options && read_all(env, value, options, model)) return options;
  throw_type_error(env, "native: expected session options");
  binding_open_options_free(options);
  return NULL;
}

const dunlin_interpreter_options *binding_open_options_get(const binding_open_options *options) {
  return &options->values;
}
