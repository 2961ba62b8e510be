#include <stdlib.h>

#include "binding.h"
#include "binding_values.h"

typedef struct {
  binding_job job;
  dunlin_model model;
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
  dunlin_model_free(&job->model);
}

static void settle_free(binding_job *base, napi_env env) {
  free_job *job = (free_job *)base;
  dunlin_model_free(&job->model);
  if (env && base->deferred) binding_job_resolve(base, env, NULL);
}

/* No one uses the model any more: it goes on its lane, or here when the lane's thread is gone. */
static void free_model(binding_session *session) {
  free_job *job = (free_job *)binding_job_create(session->lane, sizeof *job, NULL);
  if (!job) return;
  job->model = session->model;
  session->model.self = NULL;
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
  if (--session->users == 0) free_model(session);
  binding_session_drop_reference(session);
}

/* The handle is garbage. ArrayBuffers over the memory may live on, and keep the model. */
static void finalize_session(void *pointer) {
  binding_session *session = pointer;
  const bool closed = session->closed;
  session->closed = true;
  if (!closed) binding_session_remove_user(session);
  binding_session_drop_reference(session);
}

napi_value binding_session_create(binding_env *env, binding_lane *lane, dunlin_model model) {
  binding_session *session = calloc(1, sizeof *session);
  if (!session) {
    dunlin_model_free(&model);
    return NULL;
  }
  session->env = env;
  session->lane = lane;
  lane->references++;
  session->model = model;
  session->references = 1;
  session->next = env->sessions;
  env->sessions = session;
  binding_session_add_user(session);
  return handle_create(env->napi, HANDLE_SESSION, session, finalize_session);
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
