#ifndef DUNLIN_TEST_OPENVINO_DOUBLE_MODEL_H
#define DUNLIN_TEST_OPENVINO_DOUBLE_MODEL_H

/* What the double of OpenVINO knows of a model: its inputs and outputs, read from the ONNX file's graph. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOUBLE_TENSORS = 8, DOUBLE_RANK = 8 };

typedef struct {
  char name[128];
  int onnx_type;
  int64_t rank, dims[DOUBLE_RANK]; /* -1: open */
} double_io;

typedef struct {
  size_t inputs, outputs;
  double_io input[DOUBLE_TENSORS], output[DOUBLE_TENSORS];
} double_model;

/* A run of protobuf bytes. */
typedef struct {
  const uint8_t *at, *end;
} double_span;

static uint64_t double_varint(double_span *span) {
  uint64_t value = 0;
  for (int shift = 0; span->at < span->end && shift < 64; shift += 7) {
    const uint8_t byte = *span->at++;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) break;
  }
  return value;
}

/* The next field: its number, with its bytes (length-delimited) or its value. 0 at the end. */
static unsigned double_field(double_span *span, double_span *bytes, uint64_t *value) {
  *bytes = (double_span){0};
  if (span->at >= span->end) return 0;
  const uint64_t key = double_varint(span);
  const size_t room = (size_t)(span->end - span->at);
  switch (key & 7) {
  case 0: *value = double_varint(span); break;
  case 1: span->at += room < 8 ? room : 8; break;
  case 5: span->at += room < 4 ? room : 4; break;
  default: {
    const uint64_t length = double_varint(span);
    const size_t left = (size_t)(span->end - span->at);
    *bytes = (double_span){span->at, span->at + (length < left ? length : left)};
    span->at = bytes->end;
  }
  }
  return (unsigned)(key >> 3);
}

static void double_text(double_span bytes, char *text, size_t size) {
  snprintf(text, size, "%.*s", (int)(bytes.end - bytes.at), (const char *)bytes.at);
}

static void double_read_shape(double_span shape, double_io *io) {
  double_span dim, part;
  uint64_t value = 0;
  while (double_field(&shape, &dim, &value) == 1 && io->rank < DOUBLE_RANK) {
    int64_t size = -1;
    for (unsigned field; (field = double_field(&dim, &part, &value)) != 0;)
      if (field == 1) size = (int64_t)value;
    io->dims[io->rank++] = size;
  }
}

/* ValueInfoProto: name, and the type's element type and shape. */
static void double_read_io(double_span info, double_io *io) {
  double_span bytes, tensor, part;
  uint64_t value = 0;
  *io = (double_io){0};
  for (unsigned field; (field = double_field(&info, &bytes, &value)) != 0;) {
    if (field == 1) double_text(bytes, io->name, sizeof io->name);
    if (field != 2 || double_field(&bytes, &tensor, &value) != 1) continue;
    for (unsigned inner; (inner = double_field(&tensor, &part, &value)) != 0;) {
      if (inner == 1) io->onnx_type = (int)value;
      if (inner == 2) double_read_shape(part, io);
    }
  }
}

/* True when the graph holds a constant of that name: old exporters list those among the inputs. */
static bool double_is_constant(double_span graph, const char *name) {
  double_span tensor, part;
  uint64_t value = 0;
  for (unsigned field; (field = double_field(&graph, &tensor, &value)) != 0;) {
    if (field != 5) continue;
    for (unsigned inner; (inner = double_field(&tensor, &part, &value)) != 0;) {
      char constant[128];
      if (inner != 8) continue;
      double_text(part, constant, sizeof constant);
      if (strcmp(constant, name) == 0) return true;
    }
  }
  return false;
}

static bool double_read_onnx(const uint8_t *bytes, size_t size, double_model *model) {
  double_span whole = {bytes, bytes + size}, graph, part;
  uint64_t value = 0;
  *model = (double_model){0};
  unsigned field;
  while ((field = double_field(&whole, &graph, &value)) != 0 && field != 7) {
  }
  if (field == 0) return false;
  for (double_span rest = graph; (field = double_field(&rest, &part, &value)) != 0;) {
    double_io io;
    if (field != 11 && field != 12) continue;
    double_read_io(part, &io);
    if (field == 12 && model->outputs < DOUBLE_TENSORS) model->output[model->outputs++] = io;
    if (field == 11 && model->inputs < DOUBLE_TENSORS && !double_is_constant(graph, io.name))
      model->input[model->inputs++] = io;
  }
  return model->inputs > 0 && model->outputs > 0;
}

#endif
