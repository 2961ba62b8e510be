#ifndef DUNLIN_DELEGATE_PLUGIN_H
#define DUNLIN_DELEGATE_PLUGIN_H

#include "error_text.h"
#include "tflite_abi.h"

/* A delegate made by a plugin library (the external delegate ABI), wrapped for the version of TFLite at hand. */
typedef struct dunlin_plugin dunlin_plugin;

/* Opens the library and creates its delegate; NULL on failure, with the reason in error. */
dunlin_plugin *dunlin_plugin_create(const char *path, const char *const *keys, const char *const *values, size_t count,
                                    dunlin_error_text *error);
/* What the interpreter gets; valid until dunlin_plugin_destroy, which comes after the interpreter's end. */
tflite_delegate *dunlin_plugin_delegate(dunlin_plugin *plugin);
void dunlin_plugin_destroy(dunlin_plugin *plugin);

#endif
