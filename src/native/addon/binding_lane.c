#include <stdlib.h>

#include "binding.h"
#include "binding_values.h"

static void nothing(dunlin_job *job, dunlin_lane *lane) {
  (void)job;
  (void)lane;
}

static void join(binding_lane *lane, bool abandon) {
  if (lane->ended) return;
  lane->closing = lane->ended = true;
  dunlin_job *rest = dunlin_lane_join(lane->lane, abandon);
  while (rest) {
    binding_job *job = (binding_job *)rest;
    rest = rest->next;
    binding_job_drop(job);
  }
}

void binding_lane_release(binding_lane *lane) {
  if (--lane->references > 0) return;
  join(lane, false);
  dunlin_lane_free(lane->lane);
  binding_lane **link = &lane->env->lanes;
  while (*link != lane) link = &(*link)->next;
  *link = lane->next;
  free(lane);
}

void binding_lanes_end(binding_env *env) {
  for (binding_lane *lane = env->lanes; lane;) {
    lane->references++;
    join(lane, true);
    binding_lane *next = lane->next;
    binding_lane_release(lane);
    lane = next;
  }
}

static void settle_again(binding_job *job, napi_env env) {
  if (env) binding_job_resolve(job, env, NULL);
}

/* The last job of a lane is done: its thread is about to end, so that joining it takes no time. */
static void settle_close(binding_job *job, napi_env env) {
  if (!env) return;
  join(job->lane, false);
  if (job->deferred) binding_job_resolve(job, env, NULL);
}

static void close_lane(binding_lane *lane, binding_job *job) {
  if (lane->closing) {
    job->settle = settle_again;
    binding_job_settle_now(job);
    return;
  }
  job->base.work = nothing;
  job->settle = settle_close;
  lane->closing = true;
  binding_job_submit(job);
  dunlin_lane_finish(lane->lane);
}

static void finalize_lane(void *pointer) {
  binding_lane *lane = pointer;
  if (!lane->closing) {
    binding_job *job = binding_job_create(lane, sizeof *job, NULL);
    if (job) close_lane(lane, job);
  }
  binding_lane_release(lane);
}

napi_value binding_lane_create(napi_env env, napi_callback_info info) {
  binding_env *instance;
  napi_value argument;
  char *name;
  if (napi_get_instance_data(env, (void **)&instance) != napi_ok || !read_arguments(env, info, 1, &argument) ||
      !read_string(env, argument, "name", &name))
    return NULL;
  binding_lane *lane = calloc(1, sizeof *lane);
  if (lane) lane->lane = dunlin_lane_create(name);
  free(name);
  if (!lane || !lane->lane) {
    free(lane);
    return throw_error(env, DUNLIN_LIBRARY, "native: the system gives no more threads");
  }
  lane->env = instance;
  lane->references = 1;
  lane->next = instance->lanes;
  instance->lanes = lane;
  return handle_create(env, HANDLE_LANE, lane, finalize_lane);
}

napi_value binding_lane_close(napi_env env, napi_callback_info info) {
  napi_value argument, promise = NULL;
  if (!read_arguments(env, info, 1, &argument)) return NULL;
  binding_lane *lane = binding_lane_of(env, argument);
  binding_job *job = lane ? binding_job_create(lane, sizeof *job, &promise) : NULL;
  if (job) close_lane(lane, job);
  return promise;
}

binding_lane *binding_lane_of(napi_env env, napi_value value) { return handle_read(env, value, HANDLE_LANE, "lane"); }
