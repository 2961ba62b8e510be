#include <stdlib.h>

#include "binding.h"
#include "binding_values.h"

typedef struct {
  binding_job job;
  dunlin_tflite *library;
  binding_open_options *options;
  dunlin_interpreter *interpreter;
} open_job;

typedef struct {
  binding_job job;
  binding_session *session;
  int input, dims_size;
  int dims[16];
} resize_job;

typedef struct {
  binding_job job;
  dunlin_interpreter *interpreter;
} free_job;

void binding_session_drop_reference(binding_session *session) {
  if (--session->references > 0) return;
  binding_session **link = &session->env->sessions;
  while (*link != session) link = &(*link)->next;
  *link = session->next;
  binding_lane_release(session->lane);
  free(session);
}

static void work_free(dunlin_job *base, dunlin_lane *lane) {
  (void)lane;
  free_job *job = (free_job *)base;
  dunlin_interpreter_free(job->interpreter);
  job->interpreter = NULL;
}

static void settle_free(binding_job *base, napi_env env) {
  free_job *job = (free_job *)base;
  dunlin_interpreter_free(job->interpreter);
  if (env && base->deferred) binding_job_resolve(base, env, NULL);
}

/* No one uses the interpreter any more: it goes on its lane, or here when the lane's thread is gone. */
static void free_interpreter(binding_session *session) {
  free_job *job = (free_job *)binding_job_create(session->lane, sizeof *job, NULL);
  if (!job) return;
  job->interpreter = session->interpreter;
  session->interpreter = NULL;
  job->job.base.work = work_free;
  job->job.settle = settle_free;
  job->job.deferred = session->closing;
  session->closing = NULL;
  if (session->lane->closing)
    binding_job_settle_now(&job->job);
  else
    binding_job_submit(&job->job);
}

void binding_session_add_user(binding_session *session) {
  session->users++;
  session->references++;
}

void binding_session_remove_user(binding_session *session) {
  if (--session->users == 0) free_interpreter(session);
  binding_session_drop_reference(session);
}

/* The handle is garbage. ArrayBuffers over the memory may live on, and keep the interpreter. */
static void finalize_session(void *pointer) {
  binding_session *session = pointer;
  const bool closed = session->closed;
  session->closed = true;
  if (!closed) binding_session_remove_user(session);
  binding_session_drop_reference(session);
}

static napi_value create_session(binding_env *env, binding_lane *lane, dunlin_interpreter *interpreter) {
  binding_session *session = calloc(1, sizeof *session);
  if (!session) return NULL;
  session->env = env;
  session->lane = lane;
  lane->references++;
  session->interpreter = interpreter;
  session->references = 1;
  session->next = env->sessions;
  env->sessions = session;
  binding_session_add_user(session);
  return handle_create(env->napi, HANDLE_SESSION, session, finalize_session);
}

static void work_open(dunlin_job *base, dunlin_lane *lane) {
  (void)lane;
  open_job *job = (open_job *)base;
  job->interpreter = dunlin_interpreter_create(job->library, binding_open_options_get(job->options), &job->job.code,
                                               &job->job.error);
}

static void settle_open(binding_job *base, napi_env env) {
  open_job *job = (open_job *)base;
  binding_open_options_free(job->options);
  if (!env) {
    dunlin_interpreter_free(job->interpreter);
  } else if (!job->interpreter) {
    binding_job_reject(base, env, "tflite");
  } else {
    binding_job_resolve(base, env, create_session(base->env, base->lane, job->interpreter));
  }
}

napi_value binding_session_open(napi_env env, napi_callback_info info) {
  napi_value arguments[3], promise, model;
  if (!read_arguments(env, info, 3, arguments)) return NULL;
  binding_lane *lane = binding_lane_of(env, arguments[0]);
  dunlin_tflite *library = lane ? binding_tflite_of(env, arguments[1]) : NULL;
  binding_open_options *options = library ? binding_open_options_read(env, arguments[2], &model) : NULL;
  open_job *job = options ? (open_job *)binding_job_create(lane, sizeof *job, &promise) : NULL;
  if (!job) {
    binding_open_options_free(options);
    return NULL;
  }
  if (lane->closing) {
    binding_open_options_free(options);
    return binding_job_reject_closed(&job->job, promise, "lane");
  }
  job->library = library;
  job->options = options;
  job->job.base.work = work_open;
  job->job.settle = settle_open;
  binding_job_hold(&job->job, 0, model);
  binding_job_submit(&job->job);
  return promise;
}

static void work_resize(dunlin_job *base, dunlin_lane *lane) {
  (void)lane;
  resize_job *job = (resize_job *)base;
  job->job.code = dunlin_interpreter_resize(job->session->interpreter, job->input, job->dims, job->dims_size,
                                            &job->job.error);
}

static void settle_resize(binding_job *base, napi_env env) {
  resize_job *job = (resize_job *)base;
  job->session->resizing--;
  if (env && base->code == DUNLIN_OK) binding_job_resolve(base, env, NULL);
  if (env && base->code != DUNLIN_OK) binding_job_reject(base, env, "tflite");
  binding_session_remove_user(job->session);
}

static bool read_resize(napi_env env, const napi_value *arguments, resize_job *job) {
  uint32_t count;
  if (!read_int(env, arguments[1], "inputIndex", &job->input) || !read_length(env, arguments[2], "shape", &count))
    return false;
  if (job->input < 0 || job->input >= dunlin_interpreter_count(job->session->interpreter, false))
    return throw_type_error(env, "native: no input %d", job->input);
  if (count > sizeof job->dims / sizeof *job->dims)
    return throw_type_error(env, "native: a shape of %u dimensions is too long", count);
  job->dims_size = (int)count;
  for (uint32_t index = 0; index < count; index++) {
    napi_value value;
    if (napi_get_element(env, arguments[2], index, &value) != napi_ok ||
        !read_int(env, value, "shape", &job->dims[index]))
      return false;
    if (job->dims[index] < 0) return throw_type_error(env, "native: dimension %d is negative", job->dims[index]);
  }
  return true;
}

napi_value binding_session_resize(napi_env env, napi_callback_info info) {
  napi_value arguments[3], promise;
  if (!read_arguments(env, info, 3, arguments)) return NULL;
  binding_session *session = binding_session_of(env, arguments[0]);
  resize_job read = {.session = session};
  if (!session || (!session->closed && !read_resize(env, arguments, &read))) return NULL;
  if (session->targeted) return throw_error(env, DUNLIN_BUSY, "native: a picture is being written into the session");
  resize_job *job = (resize_job *)binding_job_create(session->lane, sizeof *job, &promise);
  if (!job) return NULL;
  if (session->closed || session->lane->closing) return binding_job_reject_closed(&job->job, promise, "session");
  read.job = job->job;
  *job = read;
  job->job.base.work = work_resize;
  job->job.settle = settle_resize;
  binding_session_add_user(session);
  session->resizing++;
  binding_tensors_detach(session);
  binding_job_submit(&job->job);
  return promise;
}

napi_value binding_session_close(napi_env env, napi_callback_info info) {
  napi_value argument, promise;
  if (!read_arguments(env, info, 1, &argument)) return NULL;
  binding_session *session = binding_session_of(env, argument);
  napi_deferred deferred;
  if (!session || napi_create_promise(env, &deferred, &promise) != napi_ok) return NULL;
  if (session->closed) {
    napi_value undefined;
    napi_get_undefined(env, &undefined);
    napi_resolve_deferred(env, deferred, undefined);
    return promise;
  }
  session->closed = true;
  session->closing = deferred;
  binding_tensors_detach(session);
  binding_session_remove_user(session);
  return promise;
}

binding_session *binding_session_of(napi_env env, napi_value value) {
  return handle_read(env, value, HANDLE_SESSION, "session");
}

binding_session *binding_session_at(binding_env *env, const void *address) {
  const char *byte = address;
  for (binding_session *session = env->sessions; session; session = session->next)
    for (binding_exposure *exposure = session->exposures; exposure; exposure = exposure->next)
      if (!exposure->released && byte >= (char *)exposure->data && byte < (char *)exposure->data + exposure->size)
        return session;
  return NULL;
}
