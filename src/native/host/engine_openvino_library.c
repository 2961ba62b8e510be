#define _GNU_SOURCE
#include "engine_openvino_library.h"

#include <dlfcn.h>
#include <string.h>

openvino_library openvino;

typedef struct {
  const char *name;
  size_t offset;
  bool required;
} symbol;

#define SYMBOL(member, name) {name, offsetof(openvino_functions, member), true}
#define SYMBOL_SINCE_2023(member, name) {name, offsetof(openvino_functions, member), false}

static const symbol symbols[] = {
    SYMBOL(version, "ov_get_openvino_version"),
    SYMBOL(version_free, "ov_version_free"),
    SYMBOL(error_info, "ov_get_error_info"),
    SYMBOL(free, "ov_free"),
    SYMBOL(core_create, "ov_core_create"),
    SYMBOL(devices, "ov_core_get_available_devices"),
    SYMBOL(devices_free, "ov_available_devices_free"),
    SYMBOL(property, "ov_core_get_property"),
    SYMBOL(read, "ov_core_read_model"),
    SYMBOL(compile, "ov_core_compile_model"),
    SYMBOL(graph_free, "ov_model_free"),
    SYMBOL(graph_input_by_name, "ov_model_const_input_by_name"),
    SYMBOL(reshape, "ov_model_reshape"),
    SYMBOL(reshape_by_index, "ov_model_reshape_by_port_indexes"),
    SYMBOL(input_count, "ov_compiled_model_inputs_size"),
    SYMBOL(output_count, "ov_compiled_model_outputs_size"),
    SYMBOL(input, "ov_compiled_model_input_by_index"),
    SYMBOL(output, "ov_compiled_model_output_by_index"),
    SYMBOL(input_by_name, "ov_compiled_model_input_by_name"),
    SYMBOL(output_by_name, "ov_compiled_model_output_by_name"),
    SYMBOL(request_create, "ov_compiled_model_create_infer_request"),
    SYMBOL(compiled_free, "ov_compiled_model_free"),
    SYMBOL(port_name, "ov_port_get_any_name"),
    SYMBOL(port_type, "ov_port_get_element_type"),
    SYMBOL(port_shape, "ov_port_get_partial_shape"),
    SYMBOL(port_free, "ov_output_const_port_free"),
    SYMBOL(partial_shape_free, "ov_partial_shape_free"),
    SYMBOL(shape_free, "ov_shape_free"),
    SYMBOL(tensor_create, "ov_tensor_create"),
    SYMBOL(tensor_wrap, "ov_tensor_create_from_host_ptr"),
    SYMBOL(tensor_shape, "ov_tensor_get_shape"),
    SYMBOL(tensor_size, "ov_tensor_get_byte_size"),
    SYMBOL(tensor_data, "ov_tensor_data"),
    SYMBOL(tensor_free, "ov_tensor_free"),
    SYMBOL(set_tensor, "ov_infer_request_set_tensor_by_const_port"),
    SYMBOL(get_tensor, "ov_infer_request_get_tensor_by_const_port"),
    SYMBOL(infer, "ov_infer_request_infer"),
    SYMBOL(request_free, "ov_infer_request_free"),
    SYMBOL_SINCE_2023(read_memory, "ov_core_read_model_from_memory_buffer"),
    SYMBOL_SINCE_2023(last_error, "ov_get_last_err_msg"),
};

static bool load_symbols(void *handle, const char *library, dunlin_error_text *error) {
  for (size_t index = 0; index < sizeof symbols / sizeof *symbols; index++) {
    void *address = dlsym(handle, symbols[index].name);
    if (address == NULL && symbols[index].required) {
      const bool older = dlsym(handle, "ie_core_create") != NULL;
      dunlin_error_add(error, "%s: no symbol %s; %s", library, symbols[index].name,
                       older ? "it is older than OpenVINO 2022.3" : "it is not OpenVINO's C library");
      return false;
    }
    memcpy((char *)&openvino.call + symbols[index].offset, &address, sizeof address);
  }
  return true;
}

/* The build number reads `2026.4.1-22104-…-releases/2026/4`, in old releases without a third part. */
static void learn_version(void) {
  openvino_version_text version = {0};
  const char *build = "of unknown version";
  if (openvino.call.version(&version) == 0 && version.build != NULL) build = version.build;
  snprintf(openvino.version, sizeof openvino.version, "openvino %.*s", (int)strcspn(build, "-"), build);
  if (version.build != NULL) openvino.call.version_free(&version);
}

/* Lines like `Exception from src/inference/src/cpp/core.cpp:104:` tell where in the library, which helps nobody here. */
static void copy_reason(const char *text, char *reason, size_t size) {
  size_t used = 0;
  reason[0] = '\0';
  for (const char *line = text; *line != '\0' && used + 1 < size;) {
    const size_t length = strcspn(line, "\n");
    if (length > 0 && strncmp(line, "Exception from ", 15) != 0) {
      const int written = snprintf(reason + used, size - used, used > 0 ? " %.*s" : "%.*s", (int)length, line);
      used += written > 0 ? (size_t)written : 0;
    }
    line += length + (line[length] == '\n');
  }
}

bool openvino_succeeded(openvino_status status, const char *what, dunlin_error_text *error) {
  if (status == 0) return true;
  char *last = openvino.call.last_error == NULL ? NULL : openvino.call.last_error();
  const char *text = last != NULL && *last != '\0' ? last : openvino.call.error_info(status);
  char reason[1024];
  copy_reason(text == NULL ? "no reason given" : text, reason, sizeof reason);
  dunlin_error_add(error, "%s: %s", what, reason);
  if (last != NULL) openvino.call.free(last);
  return false;
}

bool openvino_load(const char *library, dunlin_error_text *error) {
  /* Kept until the process ends: its threads outlive every model. */
  void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    dunlin_error_add(error, "%s", dlerror());
    return false;
  }
  if (!load_symbols(handle, library, error)) return false;
  learn_version();
  if (!openvino_learn_types(error)) return false;
  return openvino_succeeded(openvino.call.core_create(&openvino.core), library, error);
}

const char *openvino_version(void) { return openvino.version; }

bool openvino_list(FILE *out, dunlin_error_text *error) {
  openvino_devices devices = {0};
  if (!openvino_succeeded(openvino.call.devices(openvino.core, &devices), "listing the devices", error)) return false;
  for (size_t index = 0; index < devices.count; index++) {
    const char *id = devices.list[index];
    char *name = NULL;
    if (openvino.call.property(openvino.core, id, "FULL_DEVICE_NAME", &name) != 0) name = NULL;
    fprintf(out, "%s\t%s\n", id, name == NULL ? id : name);
    if (name != NULL) openvino.call.free(name);
  }
  openvino.call.devices_free(&devices);
  return true;
}

/* `GPU` means GPU.0, and MYRIAD whichever stick is free; a listed id may be longer than the one that is asked for. */
static bool listed(const openvino_devices *devices, const char *id, size_t length) {
  for (size_t index = 0; index < devices->count; index++) {
    const char *known = devices->list[index];
    if (strncmp(known, id, length) == 0 && (known[length] == '\0' || known[length] == '.')) return true;
    const size_t whole = strlen(known); /* GPU.0 is listed as GPU where there is one */
    if (whole < length && strncmp(known, id, whole) == 0 && strcmp(id + whole, ".0") == 0) return true;
  }
  return false;
}

bool openvino_has_device(const char *device) {
  const char *colon = strchr(device, ':');
  const bool any = strcmp(device, "AUTO") == 0 || strcmp(device, "MULTI") == 0;
  openvino_devices devices = {0};
  if (any) return true;
  if (openvino.call.devices(openvino.core, &devices) != 0) return false;
  bool all = true;
  for (const char *id = colon == NULL ? device : colon + 1; *id != '\0';) {
    const size_t length = strcspn(id, ",");
    const size_t name = strcspn(id, ",("); /* MULTI:GPU(2) tells a number of requests, AUTO:-NPU what is left out */
    if (*id != '-' && !listed(&devices, id, name)) all = false;
    id += length + (id[length] == ',');
  }
  openvino.call.devices_free(&devices);
  return all;
}
