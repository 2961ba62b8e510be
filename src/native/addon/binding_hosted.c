#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../host/channel.h"
#include "binding.h"
#include "binding_values.h"

typedef struct {
  binding_job job;
  int connection; /* -1 once the model has it */
  binding_pairs pairs;
  dunlin_hosted_options options;
  dunlin_hosted *hosted;
} hosted_job;

/* A number of a socket as hostPair and hostConnect give it. The check catches one that was closed and given to something
 * else meanwhile. */
static bool read_socket(napi_env env, napi_value value, const char *what, int *fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (!read_int(env, value, what, fd)) return false;
  if (getsockopt(*fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET) return true;
  throw_error(env, DUNLIN_LOST, "its process has ended (no such socket)");
  return false;
}

napi_value binding_host_pair(napi_env env, napi_callback_info info) {
  int sockets[2];
  napi_value result;
  (void)info;
  if (!host_channel_pair(sockets)) return throw_error(env, DUNLIN_LIBRARY, "native: the system gives no more sockets");
  napi_create_object(env, &result);
  set_double(env, result, "parent", sockets[0]);
  set_double(env, result, "child", sockets[1]);
  return result;
}

napi_value binding_host_close(napi_env env, napi_callback_info info) {
  napi_value argument;
  int fd;
  if (read_arguments(env, info, 1, &argument) && read_socket(env, argument, "socket", &fd)) close(fd);
  return NULL;
}

napi_value binding_host_connect(napi_env env, napi_callback_info info) {
  napi_value argument, result = NULL;
  dunlin_error_text error;
  int parent;
  dunlin_error_clear(&error);
  if (!read_arguments(env, info, 1, &argument) || !read_socket(env, argument, "parent", &parent)) return NULL;
  const int connection = dunlin_hosted_connect(parent, &error);
  if (connection < 0) return throw_error(env, DUNLIN_LOST, error.text);
  napi_create_int32(env, connection, &result);
  return result;
}

static void work_open(dunlin_job *base, dunlin_lane *lane) {
  (void)lane;
  hosted_job *job = (hosted_job *)base;
  job->hosted =
      dunlin_hosted_open(job->connection, job->job.env->ending, &job->options, &job->job.code, &job->job.error);
  job->connection = -1;
}

static napi_value create_result(hosted_job *job, napi_env env) {
  napi_value result;
  napi_create_object(env, &result);
  set_string(env, result, "version", dunlin_hosted_version(job->hosted));
  const dunlin_model model = {&dunlin_model_hosted, job->hosted};
  job->hosted = NULL;
  napi_value session = binding_session_create(job->job.env, job->job.lane, model);
  if (session) set_value(env, result, "session", session);
  return result;
}

static void free_job(hosted_job *job) {
  binding_pairs_free(&job->pairs);
  if (job->connection >= 0) close(job->connection);
  dunlin_hosted_free(job->hosted);
}

static void settle_open(binding_job *base, napi_env env) {
  hosted_job *job = (hosted_job *)base;
  if (env && job->hosted) binding_job_resolve(base, env, create_result(job, env));
  else if (env) binding_job_reject(base, env, NULL);
  free_job(job);
}

static bool read_options(napi_env env, napi_value value, hosted_job *job, napi_value *model) {
  dunlin_hosted_options *options = &job->options;
  napi_value list;
  void *bytes;
  if (!read_property(env, value, "model", model) ||
      !read_bytes(env, *model, "model", &bytes, &options->model_size) ||
      !read_double_property(env, value, "share", &options->share) ||
      !read_double_property(env, value, "timeoutMs", &options->timeout_ms) ||
      !read_property(env, value, "options", &list) || !binding_pairs_read(env, list, &job->pairs))
    return false;
  options->model = bytes;
  options->keys = (const char *const *)job->pairs.keys;
  options->values = (const char *const *)job->pairs.values;
  options->count = job->pairs.count;
  return true;
}

/* What a lane that waits for a process also waits for. */
static bool prepare_ending(binding_env *env) {
  if (env->ending < 0) env->ending = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (env->ending >= 0) return true;
  throw_error(env->napi, DUNLIN_LIBRARY, "native: the system gives no more file descriptors");
  return false;
}

napi_value binding_hosted_open(napi_env env, napi_callback_info info) {
  napi_value arguments[3], promise, model;
  hosted_job read = {.connection = -1};
  int connection;
  if (!read_arguments(env, info, 3, arguments)) return NULL;
  binding_lane *lane = binding_lane_of(env, arguments[0]);
  if (!lane || !read_socket(env, arguments[1], "connection", &connection) || !prepare_ending(lane->env) ||
      !read_options(env, arguments[2], &read, &model)) {
    binding_pairs_free(&read.pairs);
    return NULL;
  }
  hosted_job *job = (hosted_job *)binding_job_create(lane, sizeof *job, &promise);
  if (!job) {
    binding_pairs_free(&read.pairs);
    return NULL;
  }
  read.job = job->job;
  *job = read;
  job->connection = connection;
  if (lane->closing) {
    free_job(job);
    return binding_job_reject_closed(&job->job, promise, "lane");
  }
  job->job.base.work = work_open;
  job->job.settle = settle_open;
  binding_job_hold(&job->job, 0, model);
  binding_job_submit(&job->job);
  return promise;
}

void binding_hosted_interrupt(binding_env *env) {
  const uint64_t one = 1;
  if (env->ending >= 0 && write(env->ending, &one, sizeof one) < 0) return; /* full: it is readable already */
}

void binding_hosted_end(binding_env *env) {
  if (env->ending >= 0) close(env->ending);
  env->ending = -1;
}
