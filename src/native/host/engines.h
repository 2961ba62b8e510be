#ifndef DUNLIN_HOST_ENGINES_H
#define DUNLIN_HOST_ENGINES_H

#include "engine.h"

/* The engine of this name, or NULL with the reason in error. */
const host_engine *host_engine_find(const char *name, dunlin_error_text *error);

#endif
