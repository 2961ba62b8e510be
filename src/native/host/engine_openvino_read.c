#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_openvino_model.h"

const char *openvino_indexed_option(host_options options, const char *stem, size_t index) {
  char key[32];
  snprintf(key, sizeof key, "%s.%zu", stem, index);
  return host_option_get(options, key, NULL);
}

static bool write_whole(int fd, const char *bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    size -= (size_t)written;
  }
  return true;
}

/* Old libraries read ONNX from files only, new ones need the name's ending to know some formats. */
static openvino_graph *read_through_file(const void *bytes, size_t size, const char *suffix, const char *weights,
                                         dunlin_error_text *error) {
  char path[512];
  const char *folder = getenv("TMPDIR");
  snprintf(path, sizeof path, "%s/dunlin-openvino-XXXXXX%s", folder == NULL ? "/tmp" : folder, suffix);
  const int fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC);
  openvino_graph *graph = NULL;
  if (fd < 0 || !write_whole(fd, bytes, size)) {
    dunlin_error_add(error, "writing the model for OpenVINO to %s: %s", path, strerror(errno));
  } else if (!openvino_succeeded(openvino.call.read(openvino.core, path, weights, &graph), "reading the model", error)) {
    graph = NULL;
  }
  if (fd >= 0) {
    unlink(path);
    close(fd);
  }
  return graph;
}

static openvino_graph *read_graph(const void *bytes, size_t size, host_options options, dunlin_error_text *error) {
  const char *format = host_option_get(options, "format", "onnx");
  const char *weights = host_option_get(options, "weights", NULL);
  if (strcmp(format, "ir") == 0) return read_through_file(bytes, size, ".xml", weights, error);
  if (strcmp(format, "tflite") == 0) return read_through_file(bytes, size, ".tflite", NULL, error);
  if (openvino.call.read_memory == NULL) return read_through_file(bytes, size, ".onnx", NULL, error);
  openvino_graph *graph = NULL;
  const openvino_status status = openvino.call.read_memory(openvino.core, bytes, size, NULL, &graph);
  return openvino_succeeded(status, "reading the model", error) ? graph : NULL;
}

typedef struct {
  size_t count, index[HOST_MAX_RANK];
  const char *name[HOST_MAX_RANK];
  openvino_partial_shape shape[HOST_MAX_RANK];
  openvino_dimension dims[HOST_MAX_RANK][HOST_MAX_RANK];
} new_shapes;

/* `1,3,416,416` */
static bool parse_shape(const char *text, openvino_partial_shape *shape, openvino_dimension *dims) {
  int64_t rank = 0;
  for (char *end; *text != '\0'; text = end + (*end == ',')) {
    const long long size = strtoll(text, &end, 10);
    if (end == text || size < 0 || rank == HOST_MAX_RANK || (*end != ',' && *end != '\0')) return false;
    dims[rank++] = (openvino_dimension){size, size};
  }
  *shape = (openvino_partial_shape){{rank, rank}, dims};
  return true;
}

static bool collect_shapes(host_options options, new_shapes *shapes, dunlin_error_text *error) {
  for (size_t index = 0; index < HOST_MAX_RANK; index++) {
    const char *text = openvino_indexed_option(options, "shape", index);
    if (text == NULL) continue;
    const size_t at = shapes->count++;
    if (!parse_shape(text, &shapes->shape[at], shapes->dims[at])) {
      dunlin_error_add(error, "shape.%zu: expected up to %d numbers with commas, got %s", index, HOST_MAX_RANK, text);
      return false;
    }
    shapes->index[at] = index;
    shapes->name[at] = openvino_indexed_option(options, "input", index);
  }
  return true;
}

static bool knows_names(const openvino_graph *graph, const new_shapes *shapes) {
  for (size_t at = 0; at < shapes->count; at++) {
    openvino_port *port = NULL;
    if (shapes->name[at] == NULL) return false;
    if (openvino.call.graph_input_by_name(graph, shapes->name[at], &port) != 0) return false;
    openvino.call.port_free(port);
  }
  return true;
}

static bool reshape(const openvino_graph *graph, host_options options, dunlin_error_text *error) {
  new_shapes shapes = {0};
  if (!collect_shapes(options, &shapes, error)) return false;
  if (shapes.count == 0) return true;
  const openvino_status status = knows_names(graph, &shapes)
                                     ? openvino.call.reshape(graph, shapes.name, shapes.shape, shapes.count)
                                     : openvino.call.reshape_by_index(graph, shapes.index, shapes.shape, shapes.count);
  return openvino_succeeded(status, "fixing the inputs' shapes", error);
}

openvino_graph *openvino_read_graph(const void *bytes, size_t size, host_options options, dunlin_error_text *error) {
  openvino_graph *graph = read_graph(bytes, size, options, error);
  if (graph == NULL || reshape(graph, options, error)) return graph;
  openvino.call.graph_free(graph);
  return NULL;
}
