/* Loaded before libc: while the file named by STALL_WHILE exists, every sync of a file waits and, with
 * STALL_WRITES, every write to one too; with STALL_BELOW only of files and directories below that path. So does a
 * disk whose cache is full, and a kernel with too many dirty pages. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_concerned(int fd) {
  const char *below = getenv("STALL_BELOW");
  char link[32], path[4096];
  if (below == NULL) return 1;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  return length >= (ssize_t)strlen(below) && strncmp(path, below, strlen(below)) == 0;
}

static void wait_while_stalled(int fd) {
  const char *path = getenv("STALL_WHILE");
  if (!is_concerned(fd)) return;
  while (path != NULL && access(path, F_OK) == 0) usleep(1000);
}

int fsync(int fd) {
  static int (*next)(int);
  if (next == NULL) next = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  wait_while_stalled(fd);
  return next(fd);
}

int fdatasync(int fd) {
  static int (*next)(int);
  if (next == NULL) next = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  wait_while_stalled(fd);
  return next(fd);
}

static void wait_with_write(int fd) {
  struct stat status;
  if (getenv("STALL_WRITES") == NULL || fstat(fd, &status) != 0) return;
  if (S_ISREG(status.st_mode)) wait_while_stalled(fd);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t position) {
  static ssize_t (*next)(int, const void *, size_t, off_t);
  if (next == NULL) next = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
  wait_with_write(fd);
  return next(fd, bytes, count, position);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t position) {
  return pwrite64(fd, bytes, count, position);
}

ssize_t pwritev64(int fd, const struct iovec *chunks, int count, off_t position) {
  static ssize_t (*next)(int, const struct iovec *, int, off_t);
  if (next == NULL) next = (ssize_t(*)(int, const struct iovec *, int, off_t))dlsym(RTLD_NEXT, "pwritev64");
  wait_with_write(fd);
  return next(fd, chunks, count, position);
}

ssize_t pwritev(int fd, const struct iovec *chunks, int count, off_t position) {
  return pwritev64(fd, chunks, count, position);
}
