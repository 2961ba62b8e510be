#define _GNU_SOURCE
#include "delegate_plugin.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "delegate_shim.h"

typedef tflite_delegate *(*plugin_create)(const char *const *keys, const char *const *values, size_t count,
                                          void (*report)(const char *message));
typedef void (*plugin_destroy)(tflite_delegate *delegate);

struct dunlin_plugin {
  tflite_delegate *delegate;
  plugin_destroy destroy;
  dunlin_shim *shim; /* NULL when the delegate needs none */
};

/* The ABI's report function carries no user data; creation is synchronous, so the thread stands for the call. */
static _Thread_local dunlin_error_text *reporting;

static void report(const char *message) {
  if (reporting && message) dunlin_error_add(reporting, "%s", message);
}

static bool create_delegate(dunlin_plugin *plugin, const char *path, plugin_create create, const char *const *keys,
                            const char *const *values, size_t count, dunlin_error_text *error) {
  reporting = error;
  plugin->delegate = create(keys, values, count, report);
  reporting = NULL;
  if (!plugin->delegate) {
    dunlin_error_add(error, "%s made no delegate", path);
    return false;
  }
  return dunlin_shim_create(plugin->delegate, &plugin->shim);
}

dunlin_plugin *dunlin_plugin_create(const char *path, const char *const *keys, const char *const *values, size_t count,
                                    dunlin_error_text *error) {
  /* Never unloaded: vendor libraries run threads of their own that outlive their delegates. */
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!handle) {
    dunlin_error_add(error, "%s", dlerror());
    return NULL;
  }
  const plugin_create create = (plugin_create)dlsym(handle, "tflite_plugin_create_delegate");
  const plugin_destroy destroy = (plugin_destroy)dlsym(handle, "tflite_plugin_destroy_delegate");
  dlclose(handle);
  if (!create || !destroy) {
    dunlin_error_add(error, "%s: no tflite_plugin_create_delegate; not an external TensorFlow Lite delegate", path);
    return NULL;
  }
  dunlin_plugin *plugin = calloc(1, sizeof *plugin);
  if (!plugin) return NULL;
  plugin->destroy = destroy;
  if (create_delegate(plugin, path, create, keys, values, count, error)) return plugin;
  dunlin_plugin_destroy(plugin);
  return NULL;
}

tflite_delegate *dunlin_plugin_delegate(dunlin_plugin *plugin) {
  return plugin->shim ? dunlin_shim_delegate(plugin->shim) : plugin->delegate;
}

void dunlin_plugin_destroy(dunlin_plugin *plugin) {
  if (plugin->delegate) plugin->destroy(plugin->delegate);
  dunlin_shim_free(plugin->shim);
  free(plugin);
}
