#include <string.h>

#include "engine.h"

const char *host_option_get(host_options options, const char *key, const char *otherwise) {
  const char *value = otherwise;
  for (size_t index = 0; index < options.count; index++)
    if (strcmp(options.list[index].key, key) == 0) value = options.list[index].value;
  return value;
}
