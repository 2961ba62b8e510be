#ifndef DUNLIN_BINDING_H
#define DUNLIN_BINDING_H

#include <node_api.h>
#include <stdbool.h>

#include "hosted_model.h"
#include "lane.h"

/* Between Node-API and the parts that know no JavaScript. Everything here runs on the environment's own thread, except
 * `work` and `done` of jobs. src/native/api.ts describes the face. */

typedef struct binding_env binding_env;
typedef struct binding_lane binding_lane;
typedef struct binding_session binding_session;
typedef struct binding_job binding_job;

typedef struct binding_jpeg {
  struct binding_jpeg *next;
  char *path;
  dunlin_jpeg *jpeg;
} binding_jpeg;

/* What crossed last: pipelines hand in the same input with every frame, and mostly get the same geometry back. */
typedef struct {
  napi_ref input_value, geometry_value;
  dunlin_image_input input;
  size_t input_size; /* bytes of the tensor */
  dunlin_geometry geometry;
} binding_last_picture;

/* One per environment (main thread or worker); its instance data. */
struct binding_env {
  napi_env napi;
  napi_threadsafe_function completions;
  unsigned pending; /* jobs not settled; while there are any, the event loop is kept alive */
  binding_lane *lanes;
  binding_session *sessions;
  binding_last_picture last;
  binding_jpeg *jpegs; /* closed with the environment: a lane's scratch may hold on to one */
  int ending;          /* becomes readable when the environment ends; -1 until a session waits for it */
};

/* A job with a promise. `settle` resolves or rejects it, and releases what the job held; with env NULL (the environment
 * ends) it only releases. */
struct binding_job {
  dunlin_job base;
  binding_env *env;
  binding_lane *lane;
  napi_deferred deferred;
  void (*settle)(binding_job *job, napi_env env);
  napi_ref held[2]; /* JavaScript memory that the lane reads or writes */
  dunlin_code code;
  dunlin_error_text error;
};

struct binding_lane {
  struct binding_lane *next;
  binding_env *env;
  dunlin_lane *lane;
  unsigned references; /* the handle, sessions, jobs */
  bool closing;        /* takes no more jobs */
  bool ended;          /* its thread is joined */
};

/* An ArrayBuffer over a session's memory. */
typedef struct binding_exposure {
  struct binding_exposure *next;
  binding_session *session;
  napi_ref weak;
  void *data;
  size_t size;
  bool released; /* detached: no longer a user of the memory */
} binding_exposure;

struct binding_session {
  struct binding_session *next;
  binding_env *env;
  binding_lane *lane;
  dunlin_model model;
  binding_exposure *exposures;
  napi_deferred closing; /* promise of the first close, until it is settled */
  unsigned references;   /* who needs this struct: the handle, exposures, jobs */
  unsigned users;        /* who needs the model: the open handle, live exposures, jobs */
  unsigned running, resizing;
  unsigned targeted; /* picture jobs that write into the memory */
  bool closed;
};

/* binding_jobs.c */
/* NULL with an exception pending. `size` is that of the struct that begins with binding_job. */
binding_job *binding_job_create(binding_lane *lane, size_t size, napi_value *promise);
/* Hands the job to its lane. The lane must not be closing. */
void binding_job_submit(binding_job *job);
/* Settles a job that no lane has seen. */
void binding_job_settle_now(binding_job *job);
/* Releases a submitted job that will never run, because the environment ends. */
void binding_job_drop(binding_job *job);
/* Keeps a value's memory alive until the job is settled. */
bool binding_job_hold(binding_job *job, unsigned slot, napi_value value);
/* `where` leads the message unless it is NULL. */
void binding_job_reject(binding_job *job, napi_env env, const char *where);
void binding_job_resolve(binding_job *job, napi_env env, napi_value value);
/* Rejects a job that no lane has seen with code `CLOSED`; returns its promise. */
napi_value binding_job_reject_closed(binding_job *job, napi_value promise, const char *what);
bool binding_jobs_start(binding_env *env);

/* binding_lane.c */
napi_value binding_lane_create(napi_env env, napi_callback_info info);
napi_value binding_lane_close(napi_env env, napi_callback_info info);
binding_lane *binding_lane_of(napi_env env, napi_value value);
void binding_lane_release(binding_lane *lane);
void binding_lanes_end(binding_env *env);

/* binding_session.c */
/* Takes the model over; NULL with an exception pending, then it is freed. */
napi_value binding_session_create(binding_env *env, binding_lane *lane, dunlin_model model);
napi_value binding_session_close(napi_env env, napi_callback_info info);
binding_session *binding_session_of(napi_env env, napi_value value);
void binding_session_drop_reference(binding_session *session);
void binding_session_add_user(binding_session *session);
void binding_session_remove_user(binding_session *session);
/* The session whose exposed memory holds this address, or NULL. */
binding_session *binding_session_at(binding_env *env, const void *address);

/* binding_resize.c */
napi_value binding_session_resize(napi_env env, napi_callback_info info);

/* binding_tensors.c */
napi_value binding_session_tensors(napi_env env, napi_callback_info info);
void binding_tensors_detach(binding_session *session);

/* binding_open.c */
napi_value binding_session_open(napi_env env, napi_callback_info info);

/* binding_options.c */
/* Reads NativeSessionOptions; false with an exception pending. Free with binding_open_options_free. */
typedef struct binding_open_options binding_open_options;
binding_open_options *binding_open_options_read(napi_env env, napi_value value, napi_value *model);
const dunlin_interpreter_options *binding_open_options_get(const binding_open_options *options);
void binding_open_options_free(binding_open_options *options);

/* binding_pairs.c */
/* Keys and values; each text and both lists belong to it. */
typedef struct {
  char **keys, **values;
  size_t count;
} binding_pairs;
/* Reads a list of pairs of strings; false with an exception pending. To be freed in either case. */
bool binding_pairs_read(napi_env env, napi_value list, binding_pairs *pairs);
void binding_pairs_free(binding_pairs *pairs);

/* binding_hosted.c */
napi_value binding_host_pair(napi_env env, napi_callback_info info);
napi_value binding_host_close(napi_env env, napi_callback_info info);
napi_value binding_host_connect(napi_env env, napi_callback_info info);
napi_value binding_hosted_open(napi_env env, napi_callback_info info);
void binding_hosted_interrupt(binding_env *env);
void binding_hosted_end(binding_env *env);

/* binding_submit.c */
napi_value binding_lane_submit(napi_env env, napi_callback_info info);

/* binding_picture.c */
typedef struct {
  const dunlin_jpeg *jpeg; /* may be NULL */
  dunlin_picture picture;
  dunlin_image_input input;
  void *target;
  size_t target_size;
  napi_value data_value, target_value; /* to be held while the job runs */
} binding_picture;
/* Reads `job.picture`; false with an exception pending. */
bool binding_picture_read(napi_env env, napi_value value, binding_picture *picture);
napi_value binding_picture_geometry(napi_env env, const dunlin_geometry *geometry);

/* binding_library.c */
napi_value binding_tflite_open(napi_env env, napi_callback_info info);
napi_value binding_jpeg_open(napi_env env, napi_callback_info info);
dunlin_tflite *binding_tflite_of(napi_env env, napi_value value);
binding_jpeg *binding_jpeg_of(napi_env env, napi_value value);
void binding_jpegs_end(binding_env *env);

#endif
