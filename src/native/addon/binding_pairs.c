#include <stdlib.h>

#include "binding.h"
#include "binding_values.h"

static void free_texts(char **texts, size_t count) {
  for (size_t index = 0; texts && index < count; index++) free(texts[index]);
  free(texts);
}

void binding_pairs_free(binding_pairs *pairs) {
  free_texts(pairs->keys, pairs->count);
  free_texts(pairs->values, pairs->count);
}

static bool read_pair(napi_env env, napi_value pair, char **key, char **value) {
  napi_value item;
  return napi_get_element(env, pair, 0, &item) == napi_ok && read_string(env, item, "an option's key", key) &&
         napi_get_element(env, pair, 1, &item) == napi_ok && read_string(env, item, "an option's value", value);
}

bool binding_pairs_read(napi_env env, napi_value list, binding_pairs *pairs) {
  uint32_t count;
  *pairs = (binding_pairs){NULL, NULL, 0};
  if (!read_length(env, list, "options", &count)) return false;
  pairs->keys = calloc((size_t)count + 1, sizeof *pairs->keys);
  pairs->values = calloc((size_t)count + 1, sizeof *pairs->values);
  pairs->count = count;
  if (!pairs->keys || !pairs->values) return throw_type_error(env, "native: out of memory");
  for (uint32_t index = 0; index < count; index++) {
    napi_value pair;
    if (napi_get_element(env, list, index, &pair) != napi_ok ||
        !read_pair(env, pair, &pairs->keys[index], &pairs->values[index]))
      return throw_type_error(env, "native: expected options to be pairs of strings");
  }
  return true;
}
