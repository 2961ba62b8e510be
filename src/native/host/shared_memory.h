#ifndef DUNLIN_HOST_SHARED_MEMORY_H
#define DUNLIN_HOST_SHARED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Memory files that two processes map. Used by the addon and by the program. */

/* A memory file of this size that can neither shrink nor grow any more; -1 with errno set. */
int host_memory_create(const char *name, uint64_t size);
/* The same, filled, and never to be written again. */
int host_memory_create_filled(const char *name, const void *bytes, uint64_t size);
/* True for a memory file of exactly this size that cannot shrink: reading it can never raise SIGBUS. */
bool host_memory_is_safe(int fd, uint64_t size);
/* NULL with errno set. The descriptor may be closed afterwards. */
void *host_memory_map(int fd, uint64_t size, bool writable);
/* NULL is fine. */
void host_memory_unmap(void *memory, uint64_t size);

#endif
