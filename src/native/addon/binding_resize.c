#include "binding.h"
#include "binding_values.h"

typedef struct {
  binding_job job;
  binding_session *session;
  int input, dims_size;
  int dims[16];
} resize_job;

static void work_resize(dunlin_job *base, dunlin_lane *lane) {
  (void)lane;
  resize_job *job = (resize_job *)base;
  const dunlin_model *model = &job->session->model;
  job->job.code = model->kind->resize(model->self, job->input, job->dims, job->dims_size, &job->job.error);
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
  if (job->input < 0 || job->input >= job->session->model.kind->count(job->session->model.self, false))
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
  if (!session->model.kind->resize)
    return throw_error(env, DUNLIN_ALLOCATE, "native: a model in another process cannot be resized");
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
