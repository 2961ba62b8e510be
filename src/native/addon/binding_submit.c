#define _GNU_SOURCE
#include <stdlib.h>

#include "binding.h"
#include "binding_values.h"

typedef struct {
  binding_job job;
  binding_session *session; /* NULL: picture only */
  binding_session *target;  /* whose memory the picture goes to; NULL for memory of the caller's */
  bool has_picture;
  binding_picture picture;
  dunlin_geometry geometry;
  double decode_ms, preprocess_ms;
  dunlin_run_request request;
  dunlin_run_report run;
} submit_job;

static dunlin_code prepare_picture(submit_job *job, dunlin_lane *lane) {
  binding_picture *picture = &job->picture;
  dunlin_scratch *scratch = dunlin_lane_scratch(lane);
  char reason[512] = "out of memory";
  if (scratch && dunlin_image_process(scratch, picture->jpeg, &picture->picture, &picture->input, picture->target,
                                      picture->target_size, &job->geometry, &job->decode_ms, &job->preprocess_ms,
                                      reason, sizeof reason) == 0)
    return DUNLIN_OK;
  dunlin_error_add(&job->job.error, "%s", reason);
  return DUNLIN_PICTURE;
}

static void work_submit(dunlin_job *base, dunlin_lane *lane) {
  submit_job *job = (submit_job *)base;
  if (job->has_picture) job->job.code = prepare_picture(job, lane);
  if (job->job.code != DUNLIN_OK || !job->session) return;
  const dunlin_model *model = &job->session->model;
  job->job.code = model->kind->run(model->self, &job->request, &job->run, &job->job.error);
}

static napi_value make_report(submit_job *job, napi_env env) {
  napi_value report, geometry;
  napi_create_object(env, &report);
  napi_get_undefined(env, &geometry);
  if (job->has_picture) geometry = binding_picture_geometry(env, &job->geometry);
  set_value(env, report, "geometry", geometry);
  set_double(env, report, "decodeMs", job->decode_ms);
  set_double(env, report, "preprocessMs", job->preprocess_ms);
  set_double(env, report, "runMs", job->run.run_ms);
  set_double(env, report, "queueMs", job->run.queue_ms);
  return report;
}

static bool has_moved(const dunlin_model *model) { return model->kind->has_moved(model->self); }

static void release_sessions(submit_job *job, napi_env env) {
  if (job->target) {
    job->target->targeted--;
    binding_session_remove_user(job->target);
  }
  if (!job->session) return;
  job->session->running--;
  if (env && has_moved(&job->session->model)) binding_tensors_detach(job->session);
  binding_session_remove_user(job->session);
}

static void settle_submit(binding_job *base, napi_env env) {
  submit_job *job = (submit_job *)base;
  const char *where = base->code == DUNLIN_PICTURE || !job->session ? "picture" : job->session->model.kind->name;
  release_sessions(job, env);
  if (env && base->code == DUNLIN_OK) binding_job_resolve(base, env, make_report(job, env));
  if (env && base->code != DUNLIN_OK) binding_job_reject(base, env, where);
}

/* Optional numbers; a hosted session without a timeout gets a long one. */
static bool read_request(napi_env env, napi_value value, dunlin_run_request *request) {
  napi_value timeout, due;
  bool lossless;
  int64_t due_ns;
  *request = (dunlin_run_request){.timeout_ms = 10e3};
  if (!read_optional(env, value, "timeoutMs", &timeout) || !read_optional(env, value, "dueNs", &due)) return false;
  if (timeout && !read_double(env, timeout, "timeoutMs", &request->timeout_ms)) return false;
  if (due && napi_get_value_bigint_int64(env, due, &due_ns, &lossless) == napi_ok) {
    request->due_ns = due_ns > 0 ? (uint64_t)due_ns : 0;
    due = NULL;
  }
  if (!due) return true;
  return throw_type_error(env, "native: expected dueNs to be a bigint");
}

static bool read_job(napi_env env, napi_value value, submit_job *job) {
  napi_value picture, session;
  if (!read_optional(env, value, "picture", &picture) || !read_optional(env, value, "session", &session)) return false;
  if (!picture && !session) return throw_type_error(env, "native: expected the job to have a picture or a session");
  job->has_picture = picture != NULL;
  if (picture && !binding_picture_read(env, picture, &job->picture)) return false;
  if (session && !(job->session = binding_session_of(env, session))) return false;
  return read_request(env, value, &job->request);
}

static bool hold(submit_job *job) {
  if (job->has_picture && (!binding_job_hold(&job->job, 0, job->picture.data_value) ||
                           !binding_job_hold(&job->job, 1, job->picture.target_value)))
    return false;
  if (job->has_picture) job->target = binding_session_at(job->job.env, job->picture.target);
  if (job->target) {
    job->target->targeted++;
    binding_session_add_user(job->target);
  }
  if (!job->session) return true;
  job->session->running++;
  binding_session_add_user(job->session);
  return true;
}

napi_value binding_lane_submit(napi_env env, napi_callback_info info) {
  napi_value arguments[2], promise;
  submit_job read = {.session = NULL};
  if (!read_arguments(env, info, 2, arguments)) return NULL;
  binding_lane *lane = binding_lane_of(env, arguments[0]);
  if (!lane || !read_job(env, arguments[1], &read)) return NULL;
  if (read.session && read.session->lane != lane) {
    throw_type_error(env, "native: the session belongs to another lane");
    return NULL;
  }
  submit_job *job = (submit_job *)binding_job_create(lane, sizeof *job, &promise);
  if (!job) return NULL;
  if (lane->closing) return binding_job_reject_closed(&job->job, promise, "lane");
  if (read.session && read.session->closed) return binding_job_reject_closed(&job->job, promise, "session");
  job->session = read.session;
  job->has_picture = read.has_picture;
  job->picture = read.picture;
  job->request = read.request;
  job->job.base.work = work_submit;
  job->job.settle = settle_submit;
  if (!hold(job)) {
    job->job.code = DUNLIN_PICTURE;
    dunlin_error_add(&job->job.error, "the picture's memory cannot be kept");
    job->session = NULL;
    binding_job_settle_now(&job->job);
    return promise;
  }
  binding_job_submit(&job->job);
  return promise;
}
