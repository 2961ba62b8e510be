#define _GNU_SOURCE
#include "shared_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static const int size_seals = F_SEAL_SHRINK | F_SEAL_GROW;

static int discard(int fd) {
  const int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

int host_memory_create(const char *name, uint64_t size) {
  const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -1;
  if (ftruncate(fd, (off_t)size) != 0 || fcntl(fd, F_ADD_SEALS, size_seals | F_SEAL_SEAL) != 0) return discard(fd);
  return fd;
}

static bool write_all(int fd, const char *bytes, uint64_t size) {
  for (uint64_t done = 0; done < size;) {
    const ssize_t written = write(fd, bytes + done, size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    done += (uint64_t)written;
  }
  return true;
}

int host_memory_create_filled(const char *name, const void *bytes, uint64_t size) {
  const int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return -1;
  if (!write_all(fd, bytes, size) || fcntl(fd, F_ADD_SEALS, size_seals | F_SEAL_WRITE | F_SEAL_SEAL) != 0)
    return discard(fd);
  return fd;
}

/* Only files of the kernel's own memory file system have seals; those of huge pages have too, but may run out of pages. */
bool host_memory_is_safe(int fd, uint64_t size) {
  const long tmpfs = 0x01021994;
  struct statfs system;
  struct stat file;
  const int seals = fcntl(fd, F_GET_SEALS);
  return seals >= 0 && (seals & size_seals) == size_seals && fstatfs(fd, &system) == 0 &&
         (long)system.f_type == tmpfs && fstat(fd, &file) == 0 && (uint64_t)file.st_size == size;
}

void *host_memory_map(int fd, uint64_t size, bool writable) {
  const int protection = PROT_READ | (writable ? PROT_WRITE : 0);
  void *memory = mmap(NULL, size, protection, MAP_SHARED, fd, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void host_memory_unmap(void *memory, uint64_t size) {
  if (memory) munmap(memory, size);
}
