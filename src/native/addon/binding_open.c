#include "binding.h"
#include "binding_values.h"

typedef struct {
  binding_job job;
  dunlin_tflite *library;
  binding_open_options *options;
  dunlin_interpreter *interpreter;
} open_job;

static void work_open(dunlin_job *base, dunlin_lane *lane) {
  (void)lane;
  open_job *job = (open_job *)base;
  job->interpreter = dunlin_interpreter_create(job->library, binding_open_options_get(job->options), &job->job.code,
                                               &job->job.error);
}

static napi_value create_session(open_job *job) {
  const dunlin_model model = {&dunlin_model_interpreter, job->interpreter};
  return binding_session_create(job->job.env, job->job.lane, model);
}

static void settle_open(binding_job *base, napi_env env) {
  open_job *job = (open_job *)base;
  binding_open_options_free(job->options);
  if (!env) {
    dunlin_interpreter_free(job->interpreter);
  } else if (!job->interpreter) {
    binding_job_reject(base, env, "tflite");
  } else {
    binding_job_resolve(base, env, create_session(job));
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
