#include <stdio.h>
#include <stdlib.h>

#include "binding.h"
#include "binding_values.h"

/* On the lane's thread. The queue has no limit, so this fails only while the environment ends; `binding_lanes_end` has
 * then been waiting for this thread, and nobody reads the answer. */
static void post(dunlin_job *base) {
  binding_job *job = (binding_job *)base;
  napi_call_threadsafe_function(job->env->completions, job, napi_tsfn_nonblocking);
}

static void finish(binding_job *job, napi_env napi) {
  binding_env *env = job->env;
  binding_lane *lane = job->lane;
  job->settle(job, napi);
  for (size_t slot = 0; slot < sizeof job->held / sizeof *job->held; slot++)
    if (job->held[slot]) napi_delete_reference(env->napi, job->held[slot]);
  free(job);
  binding_lane_release(lane);
}

static void complete(napi_env napi, napi_value function, void *context, void *data) {
  (void)function;
  (void)context;
  binding_job *job = data;
  binding_env *env = job->env;
  if (--env->pending == 0 && napi) napi_unref_threadsafe_function(napi, env->completions);
  finish(job, napi);
}

bool binding_jobs_start(binding_env *env) {
  napi_value name;
  return napi_create_string_utf8(env->napi, "dunlin", NAPI_AUTO_LENGTH, &name) == napi_ok &&
         napi_create_threadsafe_function(env->napi, NULL, NULL, name, 0, 1, NULL, NULL, NULL, complete,
                                         &env->completions) == napi_ok &&
         napi_unref_threadsafe_function(env->napi, env->completions) == napi_ok;
}

binding_job *binding_job_create(binding_lane *lane, size_t size, napi_value *promise) {
  napi_env napi = lane->env->napi;
  binding_job *job = calloc(1, size);
  if (!job) {
    throw_type_error(napi, "native: out of memory");
    return NULL;
  }
  job->env = lane->env;
  job->lane = lane;
  job->base.done = post;
  lane->references++;
  if (!promise || napi_create_promise(napi, &job->deferred, promise) == napi_ok) return job;
  free(job);
  binding_lane_release(lane);
  return NULL;
}

void binding_job_submit(binding_job *job) {
  if (job->env->pending++ == 0) napi_ref_threadsafe_function(job->env->napi, job->env->completions);
  dunlin_lane_push(job->lane->lane, &job->base);
}

void binding_job_settle_now(binding_job *job) { finish(job, job->env->napi); }

bool binding_job_hold(binding_job *job, unsigned slot, napi_value value) {
  return napi_create_reference(job->env->napi, value, 1, &job->held[slot]) == napi_ok;
}

void binding_job_reject(binding_job *job, napi_env env, const char *where) {
  char message[sizeof job->error.text + 128];
  snprintf(message, sizeof message, "%s%s%s", where ? where : "", where ? ": " : "", job->error.text);
  napi_reject_deferred(env, job->deferred, make_error(env, job->code, message));
}

void binding_job_resolve(binding_job *job, napi_env env, napi_value value) {
  if (!value) napi_get_undefined(env, &value);
  napi_resolve_deferred(env, job->deferred, value);
}

void binding_job_drop(binding_job *job) {
  job->env->pending--;
  finish(job, NULL);
}

static void settle_closed(binding_job *job, napi_env env) {
  if (env) binding_job_reject(job, env, "native");
}

napi_value binding_job_reject_closed(binding_job *job, napi_value promise, const char *what) {
  job->code = DUNLIN_CLOSED;
  dunlin_error_add(&job->error, "the %s is closed", what);
  job->settle = settle_closed;
  binding_job_settle_now(job);
  return promise;
}
